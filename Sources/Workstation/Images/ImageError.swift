import Platform

/// The reason why an image or a folder of images could not be read. The description names the file and,
/// where there is one, the remedy.
public enum ImageError: Error, Equatable, CustomStringConvertible {
  /// The file system refused: the file is missing or may not be read. Or it is no file, but a folder, a pipe or a
  /// device.
  case unreadable(path: String, reason: String)
  /// The file does not begin as a picture does, whatever its name says.
  case notPicture(path: String, reason: String)
  /// The picture is of a kind that is not read, such as WebP.
  case otherKind(path: String, kind: String)
  /// The picture ends early or is damaged. Some of its pixels would be made up.
  case truncated(path: String, reason: String)
  /// The picture cannot be decoded: it is a JPEG of 12 bits, say.
  case unsupported(path: String, reason: String)
  /// The picture has more pixels, bytes or scans than a limit of `pixelLimit` pixels allows.
  case tooLarge(path: String, found: String, pixelLimit: Int)
  /// The folder is missing, is not a folder, cannot be listed, or does not hold pictures as `ImageFolder` expects them.
  case folder(path: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path.printable): cannot be read: \(reason)"
    case .notPicture(let path, let reason): "\(path.printable): not a picture: \(reason)"
    case .otherKind(let path, let kind):
      "\(path.printable): a \(kind) picture; only JPEG and PNG are read: convert it to PNG"
    case .truncated(let path, let reason): "\(path.printable): truncated or damaged: \(reason)"
    case .unsupported(let path, let reason): "\(path.printable): cannot be decoded: \(reason)"
    case .tooLarge(let path, let found, let pixelLimit):
      "\(path.printable): \(found), more than --pixel-limit \(pixelLimit) allows; raise it for pictures that you trust"
    case .folder(let path, let reason): "\(path.printable): \(reason)"
    }
  }

  /// The reason in a word or two, by which files that were left out are counted.
  public var summary: String {
    switch self {
    case .unreadable: "unreadable"
    case .notPicture: "not a picture"
    case .otherKind(_, let kind): kind
    case .truncated: "damaged"
    case .unsupported: "not decodable"
    case .tooLarge: "too large"
    case .folder: "a folder"
    }
  }
}
