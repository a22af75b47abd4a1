/// The bytes of a checkpoint file, mapped or read whole. Nothing else in this module touches them. Every access is
/// checked against the end here, so no length or offset that a file claims can lead outside.
struct FileBytes {
  let path: String
  /// The file's bytes up to `end`. Offsets count from the file's start.
  let bytes: UnsafeRawBufferPointer

  var end: Int { bytes.count }

  /// Returns the same file, cut short at `end`, so that a reader cannot run past its part.
  /// `end` must lie inside the file.
  func prefix(_ end: Int) -> FileBytes {
    FileBytes(path: path, bytes: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
  }

  /// Returns `count` bytes from `offset` on. `what` names them in the error that is thrown where they pass the end.
  func slice(_ offset: Int, _ count: Int, of what: String) throws(CheckpointError) -> UnsafeRawBufferPointer {
    guard (0...end).contains(offset), (0...(end - offset)).contains(count) else {
      throw refusal(at: offset, "\(what) of \(count) bytes passes the end, byte \(end)", Remedy.download)
    }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  /// Reads a little-endian integer.
  func integer<T: FixedWidthInteger>(_ type: T.Type, at offset: Int, of what: String) throws(CheckpointError) -> T {
    T(littleEndian: try slice(offset, MemoryLayout<T>.size, of: what).loadUnaligned(as: T.self))
  }

  /// Reads a little-endian count or offset, and throws where it does not fit `Int`.
  func length<T: FixedWidthInteger>(_ type: T.Type, at offset: Int, of what: String) throws(CheckpointError) -> Int {
    let value = try integer(type, at: offset, of: what)
    guard let length = Int(exactly: value), length >= 0 else {
      throw refusal(at: offset, "\(what) of \(value)", Remedy.download)
    }
    return length
  }

  /// Reads UTF-8 text. Bytes that are not UTF-8 become U+FFFD, so that the text can be quoted in a message.
  func string(_ offset: Int, _ count: Int, of what: String) throws(CheckpointError) -> String {
    String(decoding: try slice(offset, count, of: what), as: UTF8.self)
  }

  func refusal(at offset: Int?, _ found: String, _ remedy: String) -> CheckpointError {
    CheckpointError(path: path, offset: offset, found: found, remedy: remedy)
  }
}
