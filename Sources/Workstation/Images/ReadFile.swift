import Platform

/// Returns the bytes of an ordinary file.
///
/// - Throws: `ImageError.unreadable`, or `tooLarge` of the file's size where that is above `byteLimit`.
func readFile(_ path: String, upTo byteLimit: Int, orThrow tooLarge: (Int) -> ImageError) throws -> [UInt8] {
  do {
    let file = try RegularFile(path)
    if file.byteCount > byteLimit { throw tooLarge(file.byteCount) }
    return try file.prefix(file.byteCount)
  } catch let error as FileError {
    throw ImageError.unreadable(path: path, reason: error.description)
  }
}
