import CPNG

extension Image {
  /// The image as the bytes of a PNG.
  public var png: [UInt8] {
    let capacity = height * (width * channels + 64) + 4096
    return [UInt8](unsafeUninitializedCapacity: capacity) { bytes, count in
      count = cpng_encode(
        pixels, UInt32(width), UInt32(height), UInt32(channels), bytes.baseAddress, bytes.count)
      precondition(count > 0, "a PNG of \(width)x\(height) takes more than \(capacity) bytes")
    }
  }
}
