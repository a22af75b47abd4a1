import Platform

/// The reason why an image or a folder of images could not be read. The description names the file and,
/// where there is one, the remedy.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The file system refused: the file is missing or may not be read. Or it is no file, but a folder, a pipe or a
  /// device.
  case unreadable(path: String, reason: String)
  /// The file does not begin as a JPEG does, whatever its name says.
  case notJPEG(path: String, reason: String)
  /// The JPEG ends early or is damaged. Some of its pixels would be made up.
  case truncated(path: String, reason: String)
  /// The JPEG cannot be decoded: it is 12-bit or has two components.
  case unsupported(path: String, reason: String)
  /// The JPEG has more pixels, bytes or scans than a limit of `pixelLimit` pixels allows.
  case tooLarge(path: String, found: String, pixelLimit: Int)
  /// The folder is missing, is not a folder, cannot be listed, or does not hold JPEGs as `ImageFolder` expects them.
  case folder(path: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path.printable): cannot be read: \(reason)"
    case .notJPEG(let path, let reason): "\(path.printable): not a JPEG: \(reason)"
    case .truncated(let path, let reason): "\(path.printable): truncated or damaged JPEG: \(reason)"
    case .unsupported(let path, let reason): "\(path.printable): JPEG cannot be decoded: \(reason)"
    case .tooLarge(let path, let found, let pixelLimit):
      "\(path.printable): \(found), more than --pixel-limit \(pixelLimit) allows; raise it for JPEGs that you trust"
    case .folder(let path, let reason): "\(path.printable): \(reason)"
    }
  }
}
