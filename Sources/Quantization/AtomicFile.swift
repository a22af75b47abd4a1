import Foundation

/// Writes a file whole or not at all: to a temporary file beside it, flushed, then renamed over it.
public enum AtomicFile {
  public static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    try checkFolder(of: path)
    let temporary = "\(path).\(getpid()).tmp"
    guard let file = fopen(temporary, "wb") else { throw failure(path) }
    let isWritten =
      fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count && fflush(file) == 0 && fsync(fileno(file)) == 0
    let reason = errno
    guard fclose(file) == 0 && isWritten, rename(temporary, path) == 0 else {
      let error = failure(path, isWritten ? errno : reason)
      remove(temporary)
      throw error
    }
  }

  /// Throws where a file could not be written at `path`: before long work, not after it.
  public static func checkFolder(of path: String) throws {
    let parent = (path as NSString).deletingLastPathComponent
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw QuantizationError("\(path): a folder; give the name of a file in it")
    }
    let folder = parent.isEmpty ? "." : parent
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw QuantizationError("\(path): there is no folder \(folder); make it first")
    }
    guard access(folder, W_OK) == 0 else { throw failure(path) }
  }

  private static func failure(_ path: String, _ code: Int32 = errno) -> QuantizationError {
    QuantizationError("\(path): cannot be written: \(String(cString: strerror(code)))")
  }
}
