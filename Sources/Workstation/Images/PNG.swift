import CPNG

extension Image {
  /// Decodes a PNG held in memory. `path` is its name in errors.
  ///
  /// As in Pillow, alpha is dropped, and of 16 bits of a colour the upper 8 are kept. Grey of 16 bits is taken for numbers
  /// of which 255 is white, as by Pillow's `convert`.
  ///
  /// - Parameter pixelLimit: the most pixels that it may have.
  public init(
    pngBytes bytes: [UInt8], path: String, channels: Int, pixelLimit: Int = Image.defaultPixelLimit
  ) throws(ImageError) {
    precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels, not \(channels)")
    self = try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      let decoder = try PNGDecoder(bytes, path: path, pixelLimit: pixelLimit)
      let stored = try decoder.pixels()
      let (info, width) = (decoder.info, Int(decoder.info.width))
      let palette = decoder.palette
      let components = info.kind == CPNG_RGB || info.kind == CPNG_PALETTE ? 3 : 1
      let conversion = RowConversion(width: width, components: components, channels: channels)
      return try Image(width: width, height: Int(info.height), channels: channels) { y, row throws(ImageError) in
        let start = y * width * Int(info.pixel_size)
        try conversion.convert(to: row) { pixels throws(ImageError) in
          switch info.kind {
          case CPNG_GREY_16:
            for x in 0..<width { pixels[x] = stored[start + 2 * x] > 0 ? 255 : stored[start + 2 * x + 1] }
          case CPNG_PALETTE:
            for x in 0..<width {
              let index = Int(stored[start + x])
              guard index < palette.count else {
                throw .truncated(
                  path: path, reason: "row \(y), column \(x): colour \(index) of a palette of \(palette.count)")
              }
              (pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2]) = palette[index]
            }
          default:
            stored.withUnsafeBufferPointer {
              pixels.update(from: $0.baseAddress! + start, count: width * components)
            }
          }
        }
      }
    }
  }

  static func size(
    ofPNG bytes: [UInt8], path: String, pixelLimit: Int
  ) throws(ImageError) -> (height: Int, width: Int) {
    try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      let info = try PNGDecoder(bytes, path: path, pixelLimit: pixelLimit).info
      return (Int(info.height), Int(info.width))
    }
  }
}

/// The decoder of one PNG.
private final class PNGDecoder {
  private let decoder: OpaquePointer
  private let path: String
  private(set) var info = cpng_info()

  /// Checks the chunks and reads the header. The bytes must outlive the decoder.
  ///
  /// - Throws: `ImageError`, as `pixels()`; `tooLarge` where the PNG has more than `pixelLimit` pixels.
  init(_ bytes: UnsafeBufferPointer<UInt8>, path: String, pixelLimit: Int) throws(ImageError) {
    guard let decoder = cpng_create(bytes.baseAddress, bytes.count) else {
      throw .unsupported(path: path, reason: "no memory is left")
    }
    self.decoder = decoder
    self.path = path
    try check(cpng_read_header(decoder, &info))
    let (width, height) = (Int(info.width), Int(info.height))
    guard width * height <= pixelLimit else {
      throw .tooLarge(path: path, found: "\(width) x \(height) pixels", pixelLimit: pixelLimit)
    }
  }

  deinit { cpng_destroy(decoder) }

  /// Decodes all rows, each pixel as `info.kind` says.
  func pixels() throws(ImageError) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: Int(info.width) * Int(info.height) * Int(info.pixel_size))
    try check(cpng_read(decoder, &pixels))
    return pixels
  }

  var palette: [(UInt8, UInt8, UInt8)] {
    withUnsafeBytes(of: info.palette) { bytes in
      (0..<Int(info.palette_count)).map { (bytes[3 * $0], bytes[3 * $0 + 1], bytes[3 * $0 + 2]) }
    }
  }

  private func check(_ status: cpng_status) throws(ImageError) {
    if status == CPNG_OK { return }
    let reason = String(cString: cpng_message(decoder))
    throw status == CPNG_DAMAGED ? .truncated(path: path, reason: reason) : .unsupported(path: path, reason: reason)
  }
}
