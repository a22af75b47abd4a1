/// A value that a pickle describes, as far as a state dict needs it. A container holds an index into the machine's
/// table `containers`, not its items. So a pickle that nests a million deep, or contains itself, costs memory in
/// proportion to its length and no recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case string(FileText)
  case tuple(Int)
  case list(Int)
  /// The table entry holds keys and values in turns.
  case dictionary(Int)
  case global(PickleGlobal)
  indirect case storage(PickledStorage)
  indirect case tensor(PickledTensor)
  /// The table entry holds the tensor once it is known, and is empty before. A pickle makes a parameter first and fills
  /// it later; whatever names the parameter in between must see the tensor too.
  case parameter(Int)
  /// An entry of the machine's table `objects`.
  case object(Int)
  /// Numbers, bytes and sets. They may stand beside a state dict, and nothing here needs them.
  case ignored

  /// The kind of the value in words, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a boolean"
    case .int: "an integer"
    case .string(let text): "the string '\(text.printable)'"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global(let global): "the global \(global)"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .parameter: "a parameter"
    case .object: "an object"
    case .ignored: "another value"
    }
  }
}

/// An instance of a class, or the result of a function, that is not known here. Nothing is made or called: only what the
/// pickle says of it is kept. Training scripts save many such: `argparse.Namespace`, `defaultdict`, dates, paths.
struct PickleObject {
  let maker: PickleGlobal
  /// The dictionary or list that the pickle fills the object as, where it does.
  var content: PickleValue?
  /// The dictionary of its attributes.
  var attributes: Int?
}

/// A storage as a persistent id names it: `("storage", type, key, location, element count)`. The legacy format adds a
/// sixth item. It is None, or `(view's key, first element, element count)` for a view of a part of the storage.
struct PickledStorage {
  let key: FileText
  let elementType: ElementType
  let firstElement: Int
  let elementCount: Int
}

/// A tensor as a pickle describes it. Its numbers lie elsewhere in the file.
struct PickledTensor {
  let storage: PickledStorage
  /// The index of the first element, counted from the start of the storage in the file, not from the start of a view.
  let firstElement: Int
  let shape: [Int]
  let strides: [Int]
}
