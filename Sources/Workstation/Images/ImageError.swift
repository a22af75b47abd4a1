/// Why an image or a folder of images could not be read. The description names the file and, where there is one, the
/// remedy.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The file system refused: missing file, no permission, a folder.
  case unreadable(path: String, reason: String)
  /// Does not start as a JPEG does, whatever its name says.
  case notJPEG(path: String, reason: String)
  /// A JPEG that ends early or is damaged: some of its pixels would be made up.
  case truncated(path: String, reason: String)
  /// A JPEG that cannot be decoded: 12-bit, two components, larger than `Image.maximumPixelCount`.
  case unsupported(path: String, reason: String)
  /// A folder that is missing, not a folder, or holds no JPEG.
  case folder(path: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .notJPEG(let path, let reason): "\(path): not a JPEG: \(reason)"
    case .truncated(let path, let reason): "\(path): truncated or damaged JPEG: \(reason)"
    case .unsupported(let path, let reason): "\(path): JPEG cannot be decoded: \(reason)"
    case .folder(let path, let reason): "\(path): \(reason)"
    }
  }
}
