import CJPEG

/// The decoder of one JPEG. It gives the rows in their order, each pixel as the file stores it: 1 byte grey, 3 bytes
/// RGB or 4 bytes CMYK.
final class JPEGDecoder {
  private let decoder: OpaquePointer
  private let path: String
  private let pixelLimit: Int
  private(set) var width = 0
  private(set) var height = 0
  private(set) var components = 0

  /// Reads the header. The bytes must outlive the decoder.
  ///
  /// - Throws: `ImageError`, as all that follows; `tooLarge` where the JPEG has more than `pixelLimit` pixels.
  init(_ bytes: UnsafeBufferPointer<UInt8>, path: String, pixelLimit: Int) throws(ImageError) {
    guard let decoder = cjpeg_create(bytes.baseAddress, bytes.count) else {
      throw ImageError.unsupported(path: path, reason: "no memory is left")
    }
    self.decoder = decoder
    self.path = path
    self.pixelLimit = pixelLimit
    var info = cjpeg_info()
    try check(cjpeg_read_header(decoder, &info))
    (width, height, components) = (Int(info.width), Int(info.height), Int(info.components))
    guard width * height <= pixelLimit else {
      throw ImageError.tooLarge(path: path, found: "\(width) x \(height) pixels", pixelLimit: pixelLimit)
    }
  }

  deinit { cjpeg_destroy(decoder) }

  /// Decodes what must be decoded before the first row: all scans, where there are several.
  ///
  /// The scans of a progressive JPEG may have 50 times `pixelLimit` samples, and 100 scans are allowed even where that
  /// is little. Encoders write 10 scans, and 18 for CMYK, most of them of a single component. A scan that holds nothing
  /// takes 2 bytes of the file for 2 million samples.
  func start() throws(ImageError) {
    let samplesPerBlock = 64
    try check(cjpeg_start(decoder, UInt64(50 * pixelLimit / samplesPerBlock + 100 * 100)))
  }

  /// Decodes the next row into `width * components` bytes.
  func readRow(_ row: UnsafeMutablePointer<UInt8>) throws(ImageError) { try check(cjpeg_read_row(decoder, row)) }

  private func check(_ status: cjpeg_status) throws(ImageError) {
    if status == CJPEG_OK { return }
    let reason = String(cString: cjpeg_message(decoder))
    switch status {
    case CJPEG_NOT_JPEG: throw ImageError.notPicture(path: path, reason: reason)
    case CJPEG_TRUNCATED: throw ImageError.truncated(path: path, reason: reason)
    case CJPEG_TOO_MANY_SCANS: throw ImageError.tooLarge(path: path, found: reason, pixelLimit: pixelLimit)
    default: throw ImageError.unsupported(path: path, reason: reason)
    }
  }
}
