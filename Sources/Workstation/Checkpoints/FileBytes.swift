/// The bytes of a checkpoint file, mapped or read whole. Nothing else in this module touches them. Every access is
/// checked against the end here, so no length or offset that a file claims can lead outside.
struct FileBytes {
  let source: MappedFile
  /// The file's bytes up to `end`. Offsets count from the file's start.
  let bytes: UnsafeRawBufferPointer

  var end: Int { bytes.count }
  var path: String { source.path }

  /// Returns the same file, cut short at `end`, so that a reader cannot run past its part.
  /// `end` must lie inside the file.
  func prefix(_ end: Int) -> FileBytes {
    FileBytes(source: source, bytes: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
  }

  /// Returns `count` bytes from `offset` on. `what` names them in the error that is thrown where they pass the end.
  func slice(
    _ offset: Int, _ count: Int, of what: @autoclosure () -> String
  ) throws(CheckpointError) -> UnsafeRawBufferPointer {
    guard (0...end).contains(offset), (0...(end - offset)).contains(count) else {
      throw refusal(at: offset, "\(what()) of \(count) bytes passes the end, byte \(end)", Remedy.download)
    }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  /// Reads a little-endian integer.
  func integer<T: FixedWidthInteger>(
    _ type: T.Type, at offset: Int, of what: @autoclosure () -> String
  ) throws(CheckpointError) -> T {
    T(littleEndian: try slice(offset, MemoryLayout<T>.size, of: what()).loadUnaligned(as: T.self))
  }

  /// Reads a little-endian count or offset, and throws where it does not fit `Int`.
  func length<T: FixedWidthInteger>(
    _ type: T.Type, at offset: Int, of what: @autoclosure () -> String
  ) throws(CheckpointError) -> Int {
    let value = try integer(type, at: offset, of: what())
    guard let length = Int(exactly: value), length >= 0 else {
      throw refusal(at: offset, "\(what()) of \(value)", Remedy.download)
    }
    return length
  }

  func text(_ offset: Int, _ count: Int, of what: @autoclosure () -> String) throws(CheckpointError) -> FileText {
    FileText(try slice(offset, count, of: what()))
  }

  /// Returns where in the file a text that was read from it begins.
  func offset(of text: FileText) -> Int? {
    guard let start = bytes.baseAddress, let place = text.bytes.baseAddress else { return nil }
    return place - start
  }

  /// Throws where the name of a thing is longer than any that PyTorch writes.
  func checkLength(of name: FileText, of what: String) throws(CheckpointError) {
    guard name.bytes.count <= Limit.nameByteCount else {
      throw refusal(
        at: offset(of: name), "\(what) with a name of \(name.bytes.count) bytes, more than \(Limit.nameByteCount)",
        Remedy.saveStateDict)
    }
  }

  func refusal(at offset: Int?, _ found: String, _ remedy: String) -> CheckpointError {
    CheckpointError(path: path, offset: offset, found: found, remedy: remedy)
  }
}
