import Preparation

/// The conversion of rows as a picture stores them to rows as the network reads them, which is Pillow's.
struct RowConversion {
  let width: Int
  /// The bytes of a stored pixel: 1 for grey, 3 for RGB, 4 for inverted CMYK.
  let components: Int
  /// The bytes of a converted pixel: 1 for grey, 3 for RGB.
  let channels: Int

  /// Converts the row that `read` writes.
  func convert(
    to row: UnsafeMutablePointer<UInt8>, _ read: (UnsafeMutablePointer<UInt8>) throws(ImageError) -> Void
  ) throws(ImageError) {
    if components == channels { return try read(row) }
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * components) { stored in
      Result { () throws(ImageError) in
        let stored = stored.baseAddress!
        try read(stored)
        switch (components, channels) {
        case (1, _): replicate(stored, to: row)
        case (3, _): convertToGrey(stored, to: row)
        case (_, 1):
          invertedCMYKToRGB(stored, to: stored)
          convertToGrey(stored, to: row)
        default: invertedCMYKToRGB(stored, to: row)
        }
      }
    }.get()
  }

  private func replicate(_ grey: UnsafePointer<UInt8>, to rgb: UnsafeMutablePointer<UInt8>) {
    for i in 0..<width {
      rgb[3 &* i] = grey[i]
      rgb[3 &* i &+ 1] = grey[i]
      rgb[3 &* i &+ 2] = grey[i]
    }
  }

  private func convertToGrey(_ rgb: UnsafePointer<UInt8>, to grey: UnsafeMutablePointer<UInt8>) {
    for i in 0..<width { grey[i] = luma(rgb[3 &* i], rgb[3 &* i &+ 1], rgb[3 &* i &+ 2]) }
  }

  /// Converts inverted CMYK to RGB, which may lie in the same place. Pillow takes every CMYK JPEG for Adobe's inverted
  /// kind, with or without Adobe's marker (JpegImagePlugin.py).
  ///
  /// The formula is that of `cmyk2rgb` in libImaging/Convert.c: `k' - round(ink * k' / 255)`,
  /// where `k'` is 255 minus black.
  private func invertedCMYKToRGB(_ stored: UnsafePointer<UInt8>, to rgb: UnsafeMutablePointer<UInt8>) {
    for i in 0..<width {
      let light = Int32(stored[4 * i + 3])
      for c in 0..<3 {
        let product = (255 - Int32(stored[4 * i + c])) * light + 128
        rgb[3 * i + c] = UInt8(max(0, light - ((product >> 8) + product) >> 8))
      }
    }
  }
}
