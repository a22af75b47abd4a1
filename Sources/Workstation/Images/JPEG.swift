extension Image {
  /// Decodes a JPEG held in memory. `path` is its name in errors.
  ///
  /// - Parameter pixelLimit: the most pixels that it may have. The limit bounds the scans, too.
  public init(
    jpegBytes bytes: [UInt8], path: String, channels: Int, pixelLimit: Int = Image.defaultPixelLimit
  ) throws(ImageError) {
    precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels, not \(channels)")
    self = try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      let decoder = try JPEGDecoder(bytes, path: path, pixelLimit: pixelLimit)
      try decoder.start()
      let conversion = RowConversion(width: decoder.width, components: decoder.components, channels: channels)
      return try Image(width: decoder.width, height: decoder.height, channels: channels) {
        _, row throws(ImageError) in
        try conversion.convert(to: row) { stored throws(ImageError) in try decoder.readRow(stored) }
      }
    }
  }

  static func size(
    ofJPEG bytes: [UInt8], path: String, pixelLimit: Int
  ) throws(ImageError) -> (height: Int, width: Int) {
    try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      let decoder = try JPEGDecoder(bytes, path: path, pixelLimit: pixelLimit)
      return (decoder.height, decoder.width)
    }
  }

  /// Makes an image of rows that `fill` writes, one after the other.
  init(
    width: Int, height: Int, channels: Int,
    rows fill: (_ y: Int, _ row: UnsafeMutablePointer<UInt8>) throws(ImageError) -> Void
  ) throws(ImageError) {
    let rowSize = width * channels
    var pixels = [UInt8](repeating: 0, count: height * rowSize)
    try pixels.withUnsafeMutableBufferPointer { pixels throws(ImageError) in
      for y in 0..<height { try fill(y, pixels.baseAddress! + y * rowSize) }
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }
}
