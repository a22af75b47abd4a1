/// The reason why an image or a folder of images could not be read. The description names the file and,
/// where there is one, the remedy.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The file system refused: the file is missing, may not be read, or is a folder.
  case unreadable(path: String, reason: String)
  /// The file does not begin as a JPEG does, whatever its name says.
  case notJPEG(path: String, reason: String)
  /// The JPEG ends early or is damaged. Some of its pixels would be made up.
  case truncated(path: String, reason: String)
  /// The JPEG cannot be decoded: it is 12-bit, has two components, or is larger than `Image.maximumPixelCount`.
  case unsupported(path: String, reason: String)
  /// The folder is missing, is not a folder, cannot be listed, or does not hold JPEGs as `ImageFolder` expects them.
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
