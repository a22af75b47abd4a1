import Platform

/// The reason why a file was refused as JSON: where, what was found there, and what to do about it.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// A character of a text. Lines and columns count from 1, columns in Unicode scalars.
  package struct Place: Equatable, Sendable {
    package let line: Int
    package let column: Int
  }

  /// The path of the file, as the caller gave it.
  package let path: String
  /// Where it was found; nil where the file as a whole is at fault.
  package let place: Place?
  package let found: String
  package let remedy: String

  /// The message in one line: "config.json: line 3, column 14: no ':'; the file is damaged: ..."
  package var description: String { "\(path.printable): \(finding); \(remedy)" }

  /// What was found, with its place: "line 3, column 14: no ':'".
  package var finding: String { place.map { "line \($0.line), column \($0.column): \(found)" } ?? found }

  static func tooLarge(_ path: String) -> JSONError {
    JSONError(
      path: path, place: nil, found: "more than \(JSONLimit.byteCount >> 20) MB, which is not read as JSON",
      remedy: "check that it is the right file")
  }
}

extension JSONError {
  init(_ failure: JSONScanner.Failure, in bytes: UnsafeRawBufferPointer, path: String) {
    let before = bytes.prefix(failure.offset)
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let isContinuation = { (byte: UInt8) in byte & 0xC0 == 0x80 }
    let place = Place(
      line: 1 + before.count(where: { $0 == UInt8(ascii: "\n") }),
      column: 1 + before[lineStart...].count(where: { !isContinuation($0) }))
    self.init(
      path: path, place: place, found: failure.found,
      remedy: "the file is damaged or incomplete: copy or download it again")
  }
}
