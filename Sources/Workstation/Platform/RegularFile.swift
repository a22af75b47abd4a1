/// An ordinary file, open for reading. Nothing else is opened: a pipe would block, and opening a device may have effects.
package struct RegularFile: ~Copyable {
  private let descriptor: Int32
  package let byteCount: Int

  package init(_ path: String) throws(FileError) {
    guard let kind = FileKind(of: path) else { throw FileError(errno) }
    guard kind == .file else { throw FileError(kind) }
    // Another may have taken its name since.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(errno) }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    guard isKnown, FileKind(status) == .file else {
      let error = isKnown ? FileError(FileKind(status)) : FileError(errno)
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Returns the file's first `count` bytes. Throws where it has fewer.
  package func prefix(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try read(into: $0) }
    return bytes
  }

  /// Fills `buffer` with the file's first bytes. Throws where the file has fewer.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    var position = 0
    while position < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + position, buffer.count - position, off_t(position))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(errno) }
      guard count > 0 else { throw FileError("it ends early") }
      position += count
    }
  }
}

/// The reason why a file could not be read, such as "Permission denied".
package struct FileError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  init(_ code: Int32) { self.init(String(cString: strerror(code))) }

  /// - Parameter kind: that of something which is no ordinary file.
  init(_ kind: FileKind) { self.init("\(kind.rawValue), not a file") }
}
