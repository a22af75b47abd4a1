import Checkpoints
import FuzzDriver
import Platform

@main enum CheckpointFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Reads the bytes as a checkpoint of any format.
@_cdecl("LLVMFuzzerTestOneInput")
public func readCheckpoint(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let data = Data(bytes: bytes, count: size)
  if let checkpoint = try? Checkpoint(data: data, path: "fuzzed") {
    for tensor in checkpoint.tensors.values { precondition(tensor.values.allSatisfy(\.isFinite)) }
  }
  return 0
}
