import Platform

/// Returns the bytes of an ordinary file.
///
/// Nothing else is opened: a pipe would block, and opening a device may have effects. The kind is asked again once the
/// file is open, since another may have taken its name.
///
/// - Throws: `ImageError.unreadable`, or `tooLarge` of the file's size where that is above `byteLimit`.
func readFile(_ path: String, upTo byteLimit: Int, orThrow tooLarge: (Int) -> ImageError) throws -> [UInt8] {
  func requireSuccess(_ isSuccess: Bool) throws {
    if !isSuccess { throw ImageError.unreadable(path: path, reason: String(cString: strerror(errno))) }
  }
  func requireFile(_ status: stat) throws {
    let kind = FileKind(status)
    if kind != .file { throw ImageError.unreadable(path: path, reason: "\(kind.rawValue), not a file") }
  }
  var status = stat()
  try requireSuccess(stat(path, &status) == 0)
  try requireFile(status)
  let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  try requireSuccess(file >= 0)
  defer { close(file) }
  try requireSuccess(fstat(file, &status) == 0)
  try requireFile(status)
  let byteCount = Int(status.st_size)
  if byteCount > byteLimit { throw tooLarge(byteCount) }
  return try [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, count in
    while count < byteCount {
      let readCount = read(file, bytes.baseAddress! + count, byteCount - count)
      try requireSuccess(readCount >= 0)
      if readCount == 0 { break }
      count += readCount
    }
  }
}
