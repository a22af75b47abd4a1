import FuzzDriver
import Images
import Platform
import Preparation

@main enum PNGFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Decodes the bytes as a PNG, as they are and with the CRCs of their chunks made right, and prepares what it shows for a
/// network. The last bytes choose how: what follows the end of a PNG does not change it.
@_cdecl("LLVMFuzzerTestOneInput")
public func decodePNG(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: bytes, count: size))
  decode(bytes)
  decode(repaired(bytes))
  return 0
}

private func decode(_ bytes: [UInt8]) {
  func image(channels: Int) -> Image? {
    do throws(ImageError) {
      // So few pixels keep an input fast. Above that only the limit itself is at work.
      return try Image(pngBytes: bytes, path: "fuzzed", channels: channels, pixelLimit: 1 << 16)
    } catch {
      precondition("\(error)".utf8.count < 500, "the message is short")
      return nil
    }
  }
  let (grey, rgb) = (image(channels: 1), image(channels: 3))
  precondition((grey == nil) == (rgb == nil), "what is refused does not depend on the network's channels")
  guard let grey, let rgb else { return }
  precondition(grey.width == rgb.width && grey.height == rgb.height)

  let choices = bytes.suffix(4).map { 1 + Int($0) }
  let preparation = Preparation(
    resize: choices[0] % 2 == 0 ? .shorterSide(choices[1]) : .sides(height: choices[1], width: choices[2]),
    interpolation: choices[0] % 4 < 2 ? .bilinear : .bicubic, cropRounding: choices[0] % 8 < 4 ? .halfToEven : .down,
    inputHeight: choices[2], inputWidth: choices[3])
  for image in [grey, rgb] {
    precondition(image.pixels.count == image.width * image.height * image.channels)
    precondition(preparation(image).pixels.count == choices[2] * choices[3] * image.channels)
  }
}

/// Returns the bytes with the right CRC in each chunk that is complete. Otherwise nothing that is changed would ever be
/// decoded.
private func repaired(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  func word(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
  var start = 8
  while bytes.count - start >= 12, word(start) <= bytes.count - start - 12 {
    let end = start + 8 + word(start)
    let crc = crc32(bytes[start + 4..<end])
    for i in 0..<4 { bytes[end + i] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * i)) }
    start = end + 4
  }
  return bytes
}

private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~0 as UInt32) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1) &* 0xEDB8_8320 }
  }
}
