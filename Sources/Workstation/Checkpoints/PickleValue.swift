/// What a pickle describes, as far as a state dict needs it. Flat: a container is an index into the machine's table,
/// so that a pickle that nests or contains itself a million deep costs memory in proportion and no recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case string(String)
  case tuple(Int)
  case list(Int)
  /// Its table entry holds keys and values in turns.
  case dictionary(Int)
  case global(PickleGlobal)
  indirect case storage(PickledStorage)
  indirect case tensor(PickledTensor)
  /// Its table entry holds the tensor, once it is known: a parameter is made first and filled later, and what names
  /// it meanwhile means the filled one.
  case parameter(Int)
  /// Numbers, bytes, sets, devices, arrays of numpy: legal beside a state dict and of no use here.
  case ignored

  /// For messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a boolean"
    case .int: "an integer"
    case .string(let text): "the string '\(text.prefix(80))'"
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

/// The only globals a pickle may name. Nothing is looked up or called: each stands for what the machine does itself.
enum PickleGlobal {
  /// `OrderedDict()` or, from Python 2, `OrderedDict([[key, value], ...])`
  case orderedDict
  case storageType(ElementType)
  /// `_rebuild_tensor(storage, offset, size, stride)`; v2 appends what does not matter here.
  case rebuildTensor
  /// `Parameter()` or `Parameter(tensor)`, and attributes for it, as PyTorch wrote before `_rebuild_parameter`.
  case parameter
  /// `_rebuild_parameter(tensor, requires_grad, hooks)`
  case rebuildParameter
  /// Makes a value that is ignored whatever its arguments.
  case ignored

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch.nn.parameter", "Parameter"): self = .parameter
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    // Tensors of types without a typed storage: none is a weight that could be used.
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

  /// Beginnings of the names of PyTorch's dtypes: `torch.float16`, `torch.uint8`, `torch.complex64`.
  private static let elementTypeNames = ["float", "bfloat16", "int", "uint", "bool", "complex"]
}

/// A persistent id: `("storage", type, key, location, element count)` and, in the legacy format, None or
/// `(view's key, first element, element count)` of the part of the storage that is meant.
struct PickledStorage {
  let key: String
  let elementType: ElementType
  let firstElement: Int
  let elementCount: Int
}

/// A tensor as a pickle describes it; its numbers lie elsewhere in the file.
struct PickledTensor {
  let storage: PickledStorage
  /// From the start of the storage in the file, not of a view of it.
  let firstElement: Int
  let shape: [Int]
  let strides: [Int]
}
