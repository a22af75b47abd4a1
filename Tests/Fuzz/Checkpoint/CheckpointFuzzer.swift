import Checkpoints
import FuzzDriver
import Platform

@main enum CheckpointFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Reads the bytes as a checkpoint of any format. What is accepted is finite and no larger than the bytes allow, and a
/// refusal fits a screen.
@_cdecl("LLVMFuzzerTestOneInput")
public func readCheckpoint(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let data = Data(bytes: bytes, count: size)
  do {
    let tensors = try Checkpoint(data: data, path: "fuzzed").tensors
    let elementCount = tensors.values.reduce(0) { $0 + $1.values.count }
    precondition(elementCount * 2 <= size, "\(elementCount) elements from \(size) bytes")
    for (name, tensor) in tensors {
      precondition(tensor.values.allSatisfy(\.isFinite), "\(name) is not finite")
      precondition(tensor.values.count == tensor.shape.reduce(1, *), "\(name) does not fill its shape")
      precondition(name.utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "a name that is not ASCII")
    }
  } catch {
    let message = error.description
    precondition(message.unicodeScalars.count <= 1000, "a message of \(message.unicodeScalars.count) characters")
    precondition(!message.unicodeScalars.contains { $0.properties.generalCategory == .control }, "a control character")
  }
  return 0
}
