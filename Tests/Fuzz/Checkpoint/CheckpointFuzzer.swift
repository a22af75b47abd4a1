import Checkpoints
import FuzzDriver
import Platform

@main enum CheckpointFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Reads the bytes as a checkpoint of any format. What is found has names that can be trusted, what is read is finite and no
/// larger than the bytes allow, and a refusal fits a screen.
@_cdecl("LLVMFuzzerTestOneInput")
public func readCheckpoint(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  do {
    let file = try CheckpointFile(data: Data(bytes: bytes, count: size), path: "fuzzed")
    precondition(Set(file.dictionaries.map(\.path)).count == file.dictionaries.count, "two dictionaries of one path")
    file.dictionaries.forEach(check)
    // Many dictionaries may have the same large tensors.
    for dictionary in file.dictionaries.prefix(4) {
      let checkpoint = try file.read(dictionary) { dictionary.unreadable[$0] == nil }
      check(checkpoint, of: dictionary, size: size)
      guard let name = dictionary.unreadable.keys.min() else { continue }
      checkRefusal { () throws(CheckpointError) in try file.read(dictionary) { $0 == name } }
    }
  } catch {
    check(error)
  }
  return 0
}

private func check(_ dictionary: TensorDictionary) {
  let names = dictionary.tensors.map(\.name) + dictionary.unreadable.keys + dictionary.integers
  precondition(!dictionary.tensors.isEmpty && Set(names).count == names.count, "a name for two tensors")
  precondition((names + [dictionary.path]).allSatisfy { $0.utf8.allSatisfy { 0x20..<0x7F ~= $0 } }, "not ASCII")
}

private func check(_ checkpoint: Checkpoint, of dictionary: TensorDictionary, size: Int) {
  let elementCount = checkpoint.tensors.values.reduce(0) { $0 + $1.values.count }
  precondition(elementCount * 2 <= size, "\(elementCount) elements from \(size) bytes")
  precondition(checkpoint.tensors.count == dictionary.tensors.count)
  for stored in dictionary.tensors {
    let tensor = checkpoint.tensors[stored.name]!
    precondition(tensor.values.allSatisfy(\.isFinite), "\(stored.name) is not finite")
    precondition(tensor.shape == stored.shape && tensor.values.count == tensor.shape.reduce(1, *))
  }
}

private func checkRefusal(_ body: () throws(CheckpointError) -> Checkpoint) {
  do {
    _ = try body()
    preconditionFailure("an unreadable tensor was read")
  } catch {
    check(error)
  }
}

private func check(_ error: CheckpointError) {
  let message = error.description
  precondition(message.unicodeScalars.count <= 1000, "a message of \(message.unicodeScalars.count) characters")
  precondition(!message.unicodeScalars.contains { $0.properties.generalCategory == .control }, "a control character")
}
