/// What a file is by its first bytes, whatever its name.
enum PictureKind: Equatable {
  case jpeg
  case png
  /// A picture that cannot be read, with its kind's name.
  case other(String)

  /// The bytes that are looked at.
  static let beginning = 12

  /// Returns nil where the bytes do not begin as any picture that is known.
  init?(_ bytes: some Collection<UInt8>) {
    func hasBytes(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.unicodeScalars.map { UInt8($0.value) })
    }
    if hasBytes("\u{FF}\u{D8}") {
      self = .jpeg
    } else if hasBytes("\u{89}PNG\r\n\u{1A}\n") {
      self = .png
    } else if hasBytes("RIFF") && hasBytes("WEBP", at: 8) {
      self = .other("WebP")
    } else if hasBytes("GIF8") {
      self = .other("GIF")
    } else if hasBytes("II*\0") || hasBytes("MM\0*") {
      self = .other("TIFF")
    } else if hasBytes("ftypavif", at: 4) {
      self = .other("AVIF")
    } else if ["heic", "heix", "mif1"].contains(where: { hasBytes("ftyp\($0)", at: 4) }) {
      self = .other("HEIC")
    } else if hasBytes("BM") {
      self = .other("BMP")
    } else {
      return nil
    }
  }
}
