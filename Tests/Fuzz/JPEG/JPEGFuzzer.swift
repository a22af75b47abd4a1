import FuzzDriver
import Images
import Platform

@main enum JPEGFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Decodes the bytes as a JPEG, and prepares what it shows for a network.
@_cdecl("LLVMFuzzerTestOneInput")
public func decodeJPEG(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: bytes, count: size))
  for channels in [1, 3] {
    guard let image = try? Image(jpegBytes: bytes, path: "fuzzed", channels: channels) else { continue }
    precondition(image.pixels.count == image.width * image.height * channels)
  }
  return 0
}
