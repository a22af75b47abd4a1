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
  /// Numbers, bytes, sets, devices, arrays of numpy. They may stand beside a state dict, and nothing here needs them.
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
    case .ignored: "another value"
    }
  }
}

/// The only globals that a pickle may name. Nothing is looked up or called: each case stands
/// for what the machine itself does.
enum PickleGlobal {
  /// `OrderedDict()`, or `OrderedDict([[key, value], ...])` from Python 2.
  case orderedDict
  case storageType(ElementType)
  /// `_rebuild_tensor(storage, offset, size, stride)`. `_rebuild_tensor_v2` has more
  /// arguments, which do not matter here.
  case rebuildTensor
  /// `Parameter()` or `Parameter(tensor)`, with attributes set afterwards. PyTorch wrote
  /// it before `_rebuild_parameter`.
  case parameter
  /// `_rebuild_parameter(tensor, requires_grad, hooks)`.
  case rebuildParameter
  /// A global whose call makes a value that is ignored, whatever its arguments.
  case ignored

  init?(module: FileText, name: FileText) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch.nn.parameter", "Parameter"): self = .parameter
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    // `_rebuild_tensor_v3` makes tensors of types that have no typed storage. None of them
    // is a weight that could be used.
    case ("torch._utils", "_rebuild_tensor_v3"): self = .ignored
    case ("torch", "Size"), ("torch", "device"), ("collections", "Counter"), ("_codecs", "encode"): self = .ignored
    case ("builtins", "set"), ("builtins", "frozenset"), ("builtins", "complex"), ("builtins", "bytearray"),
      ("__builtin__", "set"), ("__builtin__", "frozenset"), ("__builtin__", "complex"), ("__builtin__", "bytearray"):
      self = .ignored
    case ("numpy", "dtype"), ("numpy", "ndarray"): self = .ignored
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"),
      ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      self = .ignored
    case ("torch", let name), ("torch.storage", let name):
      if let type = ElementType(storage: name) {
        self = .storageType(type)
      } else if Self.elementTypeNames.contains(where: name.hasPrefix) && module == "torch" {
        self = .ignored
      } else {
        return nil
      }
    default: return nil
    }
  }

  /// How the names of PyTorch's dtypes begin: `torch.float16`, `torch.uint8`, `torch.complex64`.
  private static var elementTypeNames: [FileText] { ["float", "bfloat16", "int", "uint", "bool", "complex"] }
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
