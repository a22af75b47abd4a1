/// A search for dictionaries of tensors in what was unpickled. It goes through dictionaries, lists and tuples, and through
/// the content and attributes of objects. Each is visited once, however often it is named and whatever it contains, and
/// nothing recurses.
struct PickleSearch {
  private let machine: PickleMachine
  private let file: FileBytes
  /// Returns the bytes of a storage in the file, given its tensor's name and its key.
  private let locate: (_ tensor: String, _ key: FileText) throws(CheckpointError) -> Range<Int>

  private(set) var found = FoundTensors()
  private var names: TensorNames
  /// The place of each container that has been met.
  private var places: [Place?]
  /// The containers that have been met and not yet visited, the next one last.
  private var pending: [(value: PickleValue, owner: Int?)] = []

  /// Where a container is: an item of another one.
  private struct Place {
    let parent: Int32
    let item: Int32
    /// Whether the parent is a dictionary. Then the item's key stands before it.
    let hasKey: Bool
  }

  init(
    _ machine: PickleMachine, locate: @escaping (String, FileText) throws(CheckpointError) -> Range<Int>
  ) {
    self.machine = machine
    file = machine.file
    self.locate = locate
    names = TensorNames(file)
    places = Array(repeating: nil, count: machine.containers.count)
  }

  /// - Parameter offset: where the pickle begins.
  mutating func run(from root: PickleValue, offset: Int) throws(CheckpointError) {
    meet(root, at: Place(parent: -1, item: 0, hasKey: false))
    pending.reverse()
    while let (value, owner) = pending.popLast() {
      switch value {
      case .dictionary(let index): try visit(dictionary: index, of: owner)
      case .list(let index), .tuple(let index): visit(list: index)
      default: break
      }
    }
    guard found.dictionaries.isEmpty else { return }
    let maker = if case .object(let object) = root { " of \(machine.objects[object].maker)" } else { "" }
    let module = found.modules.min { $0.key < $1.key }.map { ", only a whole \($0.value) at '\($0.key.printable)'" }
    throw file.refusal(
      at: offset, "\(root.kind)\(maker) in which no name has a floating-point tensor\(module ?? "")",
      Remedy.saveStateDict)
  }

  // MARK: Visits

  private mutating func meet(_ value: PickleValue, at place: Place, owner: Int? = nil) {
    switch value {
    case .dictionary(let index), .list(let index), .tuple(let index):
      guard places[index] == nil else { return }
      places[index] = place
      pending.append((value, owner))
    case .object(let object):
      if let content = machine.objects[object].content { meet(content, at: place, owner: object) }
      if let attributes = machine.objects[object].attributes { meet(.dictionary(attributes), at: place, owner: object) }
    default: break
    }
  }

  private mutating func visit(list index: Int) {
    let start = pending.count
    for (item, value) in machine.containers[index].enumerated() {
      meet(value, at: Place(parent: Int32(index), item: Int32(item), hasKey: false))
    }
    pending[start...].reverse()
  }

  private mutating func visit(dictionary index: Int, of owner: Int?) throws(CheckpointError) {
    let items = machine.containers[index]
    guard !isModule(items) else {
      let maker = owner.map { machine.objects[$0].maker.description } ?? "module"
      found.modules[try names.nameDictionary(path(of: index))] = maker
      return
    }
    var holdsTensor = false
    let start = pending.count
    for item in stride(from: 1, to: items.count, by: 2) {
      switch items[item - 1] {
      case .string, .int: break
      default: continue
      }
      holdsTensor = holdsTensor || machine.tensor(items[item])?.isFloatingPoint == true
      meet(items[item], at: Place(parent: Int32(index), item: Int32(item), hasKey: true))
    }
    pending[start...].reverse()
    if holdsTensor { found.dictionaries.append(try tensors(ofDictionary: index)) }
  }

  /// Tells whether a dictionary is the state of an `nn.Module`. What the tensors in it mean is known to its class alone.
  private func isModule(_ items: [PickleValue]) -> Bool {
    stride(from: 0, to: items.count, by: 2).contains {
      if case .string("_parameters") = items[$0] { true } else { false }
    }
  }

  private mutating func tensors(ofDictionary index: Int) throws(CheckpointError) -> TensorDictionary {
    let items = machine.containers[index]
    var dictionary = TensorDictionary(path: try names.nameDictionary(path(of: index)))
    for item in stride(from: 1, to: items.count, by: 2) {
      guard let key = try name(ofKey: items[item - 1]) else { continue }
      if let tensor = machine.tensor(items[item]) {
        let name = try names.nameTensor(key)
        if tensor.isFloatingPoint {
          dictionary.tensors.append(StoredTensor(name, tensor, in: try locate(name, tensor.storage.key), file.source))
        } else {
          dictionary.integers.insert(name)
        }
      } else if case .object(let object) = items[item] {
        let maker = machine.objects[object].maker
        dictionary.unreadable[try names.nameTensor(key)] = "is made by \(maker), which is unknown and not run"
      }
    }
    return dictionary
  }

  // MARK: Names

  /// Returns the keys that lead to a container, joined by points.
  private func path(of container: Int) throws(CheckpointError) -> String {
    var keys: [String] = []
    var byteCount = 0
    var container = container
    while let place = places[container], place.parent >= 0 {
      container = Int(place.parent)
      let item = Int(place.item)
      let key = place.hasKey ? try name(ofKey: machine.containers[container][item - 1]) ?? "" : String(item)
      keys.append(key)
      byteCount += key.utf8.count + 1
      guard byteCount <= Limit.nameByteCount else {
        throw file.refusal(
          at: nil, "tensors in a dictionary whose path has more than \(Limit.nameByteCount) bytes", Remedy.saveStateDict
        )
      }
    }
    return keys.reversed().joined(separator: ".")
  }

  /// Returns the name that a key is to a tensor: text or a number. Other keys are none.
  private func name(ofKey key: PickleValue) throws(CheckpointError) -> String? {
    switch key {
    case .int(let number): return String(number)
    case .string(let text):
      try file.checkLength(of: text, of: "a tensor")
      return text.name
    default: return nil
    }
  }
}

extension PickledTensor {
  var isFloatingPoint: Bool { if case .other = storage.elementType { false } else { true } }
}

extension StoredTensor {
  fileprivate init(_ name: String, _ tensor: PickledTensor, in storage: Range<Int>, _ file: MappedFile) {
    self.init(
      name: name, shape: tensor.shape, file: file, elementType: tensor.storage.elementType, strides: tensor.strides,
      storageOffset: storage.lowerBound, storageByteCount: storage.count, firstElement: tensor.firstElement)
  }
}
