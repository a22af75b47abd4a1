/// A global that a pickle names. Nothing is looked up or called: each case stands for what the machine itself does.
enum PickleGlobal: CustomStringConvertible {
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
  /// Any other. A state dict does not need it, and what it would make is a `PickleObject`.
  indirect case unknown(module: FileText, name: FileText)

  init(module: FileText, name: FileText) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch.nn.parameter", "Parameter"): self = .parameter
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch", let name), ("torch.storage", let name):
      self = ElementType(storage: name).map { .storageType($0) } ?? .unknown(module: module, name: name)
    default: self = .unknown(module: module, name: name)
    }
  }

  /// The name as a message quotes it.
  var description: String {
    switch self {
    case .orderedDict: "collections.OrderedDict"
    case .storageType: "torch.Storage"
    case .rebuildTensor: "torch._utils._rebuild_tensor"
    case .parameter: "torch.nn.parameter.Parameter"
    case .rebuildParameter: "torch._utils._rebuild_parameter"
    case .unknown(let module, let name): "\(module.printable).\(name.printable)"
    }
  }
}
