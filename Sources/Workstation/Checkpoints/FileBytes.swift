/// A checkpoint's bytes, mapped or read whole. Nothing else in this module touches them: every access is checked
/// against the end here, so no length or offset that a file claims can lead outside.
struct FileBytes {
  let path: String
  /// The file up to `end`; offsets count from the file's start.
  let bytes: UnsafeRawBufferPointer

  var end: Int { bytes.count }

  /// The same file, cut short at `end` (which must lie inside), so that a reader cannot run past its part.
  func prefix(_ end: Int) -> FileBytes {
    FileBytes(path: path, bytes: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
  }

  /// `count` bytes from `offset`. `what` names them should they pass the end.
  func slice(_ offset: Int, _ count: Int, of what: String) throws(CheckpointError) -> UnsafeRawBufferPointer {
    guard (0...end).contains(offset), (0...(end - offset)).contains(count) else {
      throw refusal(at: offset, "\(what) of \(count) bytes passes the end, byte \(end)", Remedy.download)
    }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  /// A little-endian integer.
  func integer<T: FixedWidthInteger>(_ type: T.Type, at offset: Int, of what: String) throws(CheckpointError) -> T {
    T(littleEndian: try slice(offset, MemoryLayout<T>.size, of: what).loadUnaligned(as: T.self))
  }

  /// A little-endian count or offset that must fit `Int`.
  func length<T: FixedWidthInteger>(_ type: T.Type, at offset: Int, of what: String) throws(CheckpointError) -> Int {
    let value = try integer(type, at: offset, of: what)
    guard let length = Int(exactly: value), length >= 0 else {
      throw refusal(at: offset, "\(what) of \(value)", Remedy.download)
    }
    return length
  }

  /// UTF-8 text; bytes that are not UTF-8 become U+FFFD, so that it can be quoted in a message.
  func string(_ offset: Int, _ count: Int, of what: String) throws(CheckpointError) -> String {
    String(decoding: try slice(offset, count, of: what), as: UTF8.self)
  }

  func refusal(at offset: Int?, _ found: String, _ remedy: String) -> CheckpointError {
    CheckpointError(path: path, offset: offset, found: found, remedy: remedy)
  }
}
