/// The floating-point tensors of a state dict, found in what was unpickled.
struct StateDict {
  let file: FileBytes
  let tensors: [(name: FileText, tensor: PickledTensor)]

  /// Takes `root` itself as the state dict, or its entry `state_dict` or `model`: training scripts keep the
  /// weights there, beside other things.
  init(_ root: PickleValue, _ machine: PickleMachine, pickleOffset: Int) throws(CheckpointError) {
    file = machine.file
    guard case .dictionary(var index) = root else {
      throw file.refusal(at: pickleOffset, "\(root.kind) where a state dict should be", Remedy.saveStateDict)
    }
    for name: FileText in ["state_dict", "model"] {
      if let nested = Self.entries(machine.containers[index], named: name) {
        index = nested
        break
      }
    }
    var tensors: [(name: FileText, tensor: PickledTensor)] = []
    let items = machine.containers[index]
    for i in stride(from: 0, to: items.count - 1, by: 2) {
      guard case .string(let name) = items[i], let tensor = machine.tensor(items[i + 1]) else { continue }
      if case .other = tensor.storage.elementType { continue }
      tensors.append((name, tensor))
      try file.checkCount(ofTensors: tensors.count)
    }
    guard !tensors.isEmpty else {
      throw file.refusal(at: pickleOffset, "no floating-point tensor in the state dict", Remedy.saveStateDict)
    }
    self.tensors = tensors
  }

  private static func entries(_ items: [PickleValue], named name: FileText) -> Int? {
    for i in stride(from: 0, to: items.count - 1, by: 2) {
      if case .string(name) = items[i], case .dictionary(let index) = items[i + 1] { return index }
    }
    return nil
  }
}
