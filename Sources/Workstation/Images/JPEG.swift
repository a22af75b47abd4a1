extension Image {
  /// The most pixels that a JPEG may have where the caller does not say otherwise. Decoding takes 11 bytes a pixel at
  /// most (progressive CMYK: 4 coefficients of 2 bytes, and 3 for the result), and so less than 512 MB.
  public static let defaultPixelLimit = 40_000_000

  /// Decodes a JPEG file to the bytes of Pillow's `Image.open(path).convert("RGB")` where `channels` is 3, or
  /// `convert("L")` where it is 1. As in Pillow, the EXIF orientation is ignored.
  ///
  /// - Parameter pixelLimit: the most pixels that the JPEG may have. It also bounds the file's size, the scans and,
  ///   with them, time and memory.
  /// - Throws: `ImageError`. Pillow fills the missing part of some damaged files with grey; here such
  ///   a file is an error.
  public init(jpeg path: String, channels: Int, pixelLimit: Int = Image.defaultPixelLimit) throws {
    // High-quality photos take half a byte a pixel; metadata and the clips that phones append take some MB.
    let bytes = try readFile(path, upTo: pixelLimit + 8_000_000) {
      ImageError.tooLarge(path: path, found: "\($0) bytes", pixelLimit: pixelLimit)
    }
    try self.init(jpegBytes: bytes, path: path, channels: channels, pixelLimit: pixelLimit)
  }

  /// Decodes a JPEG held in memory. `path` is its name in errors.
  public init(
    jpegBytes bytes: [UInt8], path: String, channels: Int, pixelLimit: Int = Image.defaultPixelLimit
  ) throws {
    precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels, not \(channels)")
    self = try bytes.withUnsafeBufferPointer { bytes in
      let decoder = try JPEGDecoder(bytes, path: path, pixelLimit: pixelLimit)
      try decoder.start()
      let rowSize = decoder.width * channels
      let pixels = try [UInt8](unsafeUninitializedCapacity: decoder.height * rowSize) { pixels, count in
        let conversion = RowConversion(width: decoder.width, components: decoder.components, channels: channels)
        for y in 0..<decoder.height {
          try conversion.convert(to: pixels.baseAddress! + y * rowSize, decoder.readRow)
        }
        count = decoder.height * rowSize
      }
      return Image(width: decoder.width, height: decoder.height, channels: channels, pixels: pixels)
    }
  }
}
