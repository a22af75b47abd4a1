import FuzzDriver
import Images
import Platform
import Preparation

@main enum JPEGFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Decodes the bytes as a JPEG, and prepares what it shows for a network. The last bytes choose the network's input: what
/// follows the end of a JPEG does not change it.
@_cdecl("LLVMFuzzerTestOneInput")
public func decodeJPEG(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: bytes, count: size))
  func decode(channels: Int) -> Image? {
    // So few pixels keep an input fast. Above that only the limit itself is at work.
    try? Image(jpegBytes: bytes, path: "fuzzed", channels: channels, pixelLimit: 1 << 16)
  }
  let (grey, rgb) = (decode(channels: 1), decode(channels: 3))
  precondition((grey == nil) == (rgb == nil), "what is refused does not depend on the network's channels")
  guard let grey, let rgb else { return 0 }
  precondition(grey.width == rgb.width && grey.height == rgb.height)

  let sizes = bytes.suffix(3).map { 1 + Int($0) }
  let preparation = Preparation(resize: .shorterSide(sizes[0]), inputHeight: sizes[2], inputWidth: sizes[1])
  for image in [grey, rgb] {
    precondition(image.pixels.count == image.width * image.height * image.channels)
    let input = preparation(image)
    precondition(input.pixels.count == sizes[1] * sizes[2] * image.channels)
  }
  return 0
}
