import Platform

extension Image {
  /// The most pixels that a picture may have where the caller does not say otherwise. Decoding takes 11 bytes a pixel at
  /// most (progressive CMYK: 4 coefficients of 2 bytes, and 3 for the result), and so less than 512 MB.
  public static let defaultPixelLimit = 40_000_000

  /// Decodes a JPEG or PNG file to the bytes of Pillow's `Image.open(path).convert("RGB")` where `channels` is 3, or
  /// `convert("L")` where it is 1. As in Pillow, the EXIF orientation is ignored. The file's first bytes tell its kind,
  /// not its name.
  ///
  /// - Parameter pixelLimit: the most pixels that the picture may have. It also bounds the file's size, the scans of a
  ///   JPEG and, with them, time and memory.
  /// - Throws: `ImageError`. Pillow fills the missing part of some damaged files with grey; here such
  ///   a file is an error.
  public init(
    contentsOf path: String, channels: Int, pixelLimit: Int = Image.defaultPixelLimit
  ) throws(ImageError) {
    switch try EncodedImage(contentsOf: path, pixelLimit: pixelLimit) {
    case .jpeg(let bytes):
      try self.init(jpegBytes: bytes, path: path, channels: channels, pixelLimit: pixelLimit)
    case .png(let bytes):
      try self.init(pngBytes: bytes, path: path, channels: channels, pixelLimit: pixelLimit)
    }
  }

  /// Returns the size of a JPEG or PNG file's picture, which is not decoded.
  ///
  /// - Throws: `ImageError`, as where it is decoded, but for what is found by decoding alone.
  public static func size(
    ofFile path: String, pixelLimit: Int = Image.defaultPixelLimit
  ) throws(ImageError) -> (height: Int, width: Int) {
    switch try EncodedImage(contentsOf: path, pixelLimit: pixelLimit) {
    case .jpeg(let bytes): try size(ofJPEG: bytes, path: path, pixelLimit: pixelLimit)
    case .png(let bytes): try size(ofPNG: bytes, path: path, pixelLimit: pixelLimit)
    }
  }
}

/// The bytes of a picture's file.
private enum EncodedImage {
  case jpeg([UInt8])
  case png([UInt8])

  init(contentsOf path: String, pixelLimit: Int) throws(ImageError) {
    switch try PictureKind(beginningOf: path) {
    case .jpeg:
      // High-quality photos take half a byte a pixel; metadata and the clips that phones append take some MB.
      self = .jpeg(try readFile(path, upTo: pixelLimit + 8_000_000, pixelLimit: pixelLimit))
    case .png:
      // What cannot be compressed takes 3 bytes a pixel, and 4 with alpha.
      self = .png(try readFile(path, upTo: 4 * pixelLimit + 8_000_000, pixelLimit: pixelLimit))
    case .other(let kind): throw .otherKind(path: path, kind: kind)
    case nil: throw .notPicture(path: path, reason: "neither a JPEG nor a PNG")
    }
  }
}

extension PictureKind {
  /// - Throws: `ImageError.unreadable`.
  /// - Returns: nil where the file is no picture that is known.
  init?(beginningOf path: String) throws(ImageError) {
    do {
      let file = try RegularFile(path)
      self.init(try file.prefix(min(Self.beginning, file.byteCount)))
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }
}

/// Returns the bytes of an ordinary file.
///
/// - Throws: `ImageError.unreadable`, or `tooLarge` where the file has more bytes than `byteLimit`.
private func readFile(_ path: String, upTo byteLimit: Int, pixelLimit: Int) throws(ImageError) -> [UInt8] {
  let bytes: [UInt8]?
  let byteCount: Int
  do {
    let file = try RegularFile(path)
    byteCount = file.byteCount
    bytes = byteCount > byteLimit ? nil : try file.prefix(byteCount)
  } catch {
    throw .unreadable(path: path, reason: "\(error)")
  }
  guard let bytes else { throw .tooLarge(path: path, found: "\(byteCount) bytes", pixelLimit: pixelLimit) }
  return bytes
}
