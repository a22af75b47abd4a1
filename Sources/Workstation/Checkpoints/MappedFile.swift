import Platform

/// A checkpoint file in memory, mapped where it can be. It stays there for as long as a tensor that was found in it.
final class MappedFile: Sendable {
  let path: String
  private let data: Data

  var byteCount: Int { data.count }

  init(_ data: Data, path: String) {
    self.path = path
    self.data = data
  }

  convenience init(_ path: String) throws(CheckpointError) {
    guard let kind = FileKind(of: path) else {
      throw CheckpointError(path: path, offset: nil, found: "no such file", remedy: "check the path")
    }
    guard kind == .file else {
      throw CheckpointError(path: path, offset: nil, found: kind.rawValue, remedy: Remedy.formats)
    }
    do {
      let url = URL(fileURLWithPath: path)
      // Not every file system can map.
      self.init(try (try? Data(contentsOf: url, options: .alwaysMapped)) ?? Data(contentsOf: url), path: path)
    } catch {
      throw CheckpointError(
        path: path, offset: nil, found: "the file cannot be read (\(reason(of: error)))",
        remedy: "check its permissions")
    }
  }

  /// Calls `body` with the file's bytes, which it must not keep.
  func withBytes<T>(_ body: (FileBytes) throws(CheckpointError) -> T) throws(CheckpointError) -> T {
    let result = data.withUnsafeBytes { bytes in
      Result { () throws(CheckpointError) in try body(FileBytes(source: self, bytes: bytes)) }
    }
    return try result.get()
  }
}
