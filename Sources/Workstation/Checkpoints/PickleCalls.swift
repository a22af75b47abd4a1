/// The calls of globals that a pickle makes. Those that a state dict needs are carried out here, and the others make objects
/// that nobody knows. None runs code from the file.
extension PickleMachine {
  mutating func apply(_ function: PickleValue, to arguments: PickleValue) throws(CheckpointError) -> PickleValue {
    guard case .tuple(let index) = arguments else {
      throw refusal("\(function.kind) called with \(arguments.kind)", Remedy.saveStateDict)
    }
    let arguments = containers[index]
    switch function {
    case .global(let global): return try apply(global, to: arguments)
    case .object(let index): return newObject(objects[index].maker)
    default: throw refusal("\(function.kind) called", Remedy.saveStateDict)
    }
  }

  private mutating func apply(
    _ global: PickleGlobal, to arguments: [PickleValue]
  ) throws(CheckpointError) -> PickleValue {
    switch global {
    case .unknown: return newObject(global)
    case .orderedDict where arguments.isEmpty: return .dictionary(allocate([]))
    case .orderedDict where arguments.count == 1: return .dictionary(allocate(try items(ofPairs: arguments[0])))
    case .parameter: return .parameter(allocate(arguments.first.flatMap(tensor).map { [.tensor($0)] } ?? []))
    // A parameter of a tensor that is not known here is that object.
    case .rebuildParameter: return arguments.first.flatMap(tensor).map { .tensor($0) } ?? arguments.first ?? .ignored
    case .rebuildTensor: return try rebuiltTensor(arguments)
    case .orderedDict, .storageType:
      throw refusal("the global \(global) called with \(arguments.count) arguments", Remedy.saveAgain)
    }
  }

  private mutating func newObject(_ maker: PickleGlobal) -> PickleValue {
    objects.append(PickleObject(maker: maker))
    return .object(objects.count - 1)
  }

  /// Sets the attributes of a value. An object's may hold dictionaries of tensors, and a parameter's its own tensor. Others,
  /// such as the `_metadata` of a state dict, are ignored.
  ///
  /// As in `torch.Tensor.__setstate__`, the number of a parameter's attributes tells their meaning:
  /// - 3: `(requires_grad, volatile, hooks)`. The parameter was called with its tensor.
  /// - 5, the oldest form: `(tensor, grad, hooks, requires_grad, volatile)`.
  mutating func build(_ value: PickleValue, from attributes: PickleValue) throws(CheckpointError) {
    if case .object(let object) = value, case .dictionary(let index) = attributes { objects[object].attributes = index }
    guard case .parameter(let parameter) = value else { return }
    let state: [PickleValue] = if case .tuple(let index) = attributes { containers[index] } else { [] }
    switch state.count {
    case 3: break
    case 5: containers[parameter] = tensor(state[0]).map { [.tensor($0)] } ?? []
    default: throw refusal("a parameter built from \(attributes.kind) of unknown form", Remedy.saveAgain)
    }
  }

  /// Returns the tensor that a value is, or that it holds where it is a parameter; nil for any other value.
  func tensor(_ value: PickleValue) -> PickledTensor? {
    switch value {
    case .tensor(let tensor): tensor
    case .parameter(let index): containers[index].first.flatMap(tensor)
    default: nil
    }
  }

  /// Turns `[[key, value], ...]`, as Python 2 wrote an OrderedDict, into alternating keys and values.
  private mutating func items(ofPairs list: PickleValue) throws(CheckpointError) -> [PickleValue] {
    guard let pairs = items(list) else {
      throw refusal("an OrderedDict made from \(list.kind)", Remedy.saveAgain)
    }
    // Each pair took opcodes to describe once, but a short pickle could name one long list again and again.
    copiedPairCount += pairs.count
    guard copiedPairCount <= file.end else {
      throw refusal("more dictionary entries than the file has bytes", Remedy.saveStateDict)
    }
    try spend(2 * pairs.count)
    var flat: [PickleValue] = []
    for pair in pairs {
      guard let pair = items(pair), pair.count == 2 else {
        throw refusal("an OrderedDict made from a list of something other than pairs", Remedy.saveAgain)
      }
      flat += pair
    }
    return flat
  }

  private mutating func rebuiltTensor(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
    if case .object? = arguments.first { return arguments[0] }  // Its storage is of a type that is not known here.
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let first) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else {
      let kinds = arguments.prefix(8).map(\.kind).joined(separator: ", ")
      throw refusal("a tensor built from \(kinds.printable)", Remedy.saveAgain)
    }
    guard let extent = StoredTensor.extent(shape: shape, strides: strides, first: first),
      extent.last <= storage.elementCount
    else {
      throw refusal(
        "a tensor of shape \(shape.printable), strides \(strides.printable) and offset \(first), larger than its"
          + " storage of \(storage.elementCount) elements", Remedy.download)
    }
    // The tensor keeps a copy of both, and many tensors may name one tuple.
    try spend(2 * shape.count)
    return .tensor(
      PickledTensor(storage: storage, firstElement: storage.firstElement + first, shape: shape, strides: strides))
  }

  /// Returns what a persistent id stands for. It is a storage, or `("module", class, source file, source)`: in the legacy
  /// format, the class of a whole module.
  mutating func persistent(_ id: PickleValue) throws(CheckpointError) -> PickleValue {
    guard case .tuple(let index) = id, containers[index].count >= 2, case .string(let kind) = containers[index][0],
      case .global(let type) = containers[index][1]
    else {
      throw refusal("a persistent id that is no storage", Remedy.saveAgain)
    }
    switch (kind, type) {
    case ("module", _): return .global(type)
    case ("storage", .unknown): return newObject(type)
    case ("storage", .storageType(let type)): return .storage(try storage(type, containers[index]))
    default: throw refusal("a persistent id that is no storage", Remedy.saveAgain)
    }
  }

  private mutating func storage(_ type: ElementType, _ id: [PickleValue]) throws(CheckpointError) -> PickledStorage {
    guard id.count >= 5, case .string(let key) = id[2], case .int(let count) = id[4], count >= 0 else {
      throw refusal("a persistent id that is no storage", Remedy.saveAgain)
    }
    try file.checkLength(of: key, of: "a storage")
    var storage = PickledStorage(key: key, elementType: type, firstElement: 0, elementCount: count)
    switch id.dropFirst(5).first {
    case nil, PickleValue.none?: break
    case let part?:
      guard let view = items(part), view.count == 3, case .int(let first) = view[1],
        case .int(let viewCount) = view[2], 0...count ~= first, 0...(count - first) ~= viewCount
      else {
        throw refusal("a storage that is no view of the \(count) elements it should be a view of", Remedy.download)
      }
      storage = PickledStorage(key: key, elementType: type, firstElement: first, elementCount: viewCount)
    }
    if storages[key] == nil { storages[key] = storage }
    return storage
  }

  /// Returns the integers of a tuple or list; nil where it holds anything else or more than a tensor has dimensions.
  private func integers(_ value: PickleValue) -> [Int]? {
    guard let items = items(value), items.count <= Limit.dimensions else { return nil }
    var integers: [Int] = []
    for case .int(let integer) in items { integers.append(integer) }
    return integers.count == items.count ? integers : nil
  }

  private func items(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index), .list(let index): containers[index]
    default: nil
    }
  }
}
