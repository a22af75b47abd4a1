/// A reader of JSON's tokens (RFC 8259), in one pass over bytes from anywhere. It neither recurses nor allocates, and a text
/// stays where it is.
package struct JSONScanner {
  /// What stood where something else was due.
  package struct Failure: Error {
    /// The offset in bytes from the start of the text.
    package let offset: Int
    package let found: String
  }

  private let bytes: UnsafeRawBufferPointer
  package private(set) var position = 0

  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The most characters of a number. Python writes 24.
  private static let longestNumber = 64

  /// Moves past white space, and returns the byte there; nil at the end.
  package mutating func next() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  package mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    guard next() == UInt8(ascii: character) else { throw failure("no '\(character)'") }
    position += 1
  }

  /// Reads an array, and has `item` read each of its values.
  package mutating func items(_ item: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
    try list("[", "]", item)
  }

  /// Reads an object, and has `member` read the value of each name. The name is as it stands between its quotes.
  package mutating func members(
    _ member: (inout JSONScanner, _ name: UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try list("{", "}") { scanner throws(Failure) in
      let name = try scanner.string()
      try scanner.expect(":")
      try member(&scanner, name)
    }
  }

  private mutating func list(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ item: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try expect(open)
    if next() != UInt8(ascii: close) {
      try item(&self)
      while next() == UInt8(ascii: ",") {
        position += 1
        try item(&self)
      }
    }
    try expect(close)
  }

  /// Reads a string, and returns what stands between its quotes, with its escapes. Nothing else in it was checked.
  package mutating func string() throws(Failure) -> UnsafeRawBufferPointer {
    try expect("\"")
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      guard bytes[position] >= 0x20 else { throw failure("a control character in a string") }
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < bytes.count else { throw failure("a string that does not end", at: start - 1) }
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    position += 1
    return text
  }

  /// Reads a number, and returns its characters.
  package mutating func number() throws(Failure) -> UnsafeRawBufferPointer {
    _ = next()
    let start = position
    _ = skip("-")
    if !skip("0") { try skipDigits() }
    if skip(".") { try skipDigits() }
    if skip("e") || skip("E") {
      _ = skip("+") || skip("-")
      try skipDigits()
    }
    guard position - start <= Self.longestNumber else {
      throw failure("a number of more than \(Self.longestNumber) characters", at: start)
    }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
  }

  /// Moves past a word such as `true`, and tells whether it is there.
  package mutating func word(_ word: StaticString) -> Bool {
    let word = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard next() != nil, bytes[position...].starts(with: word) else { return false }
    position += word.count
    return true
  }

  /// Throws where anything but white space is left.
  package mutating func expectEnd() throws(Failure) {
    guard next() == nil else { throw failure("more text after the end") }
  }

  /// - Parameter offset: where; the position without it.
  package func failure(_ found: String, at offset: Int? = nil) -> Failure {
    Failure(offset: offset ?? position, found: found)
  }

  /// - Parameter string: a string that was read before. The place is its first quote.
  func failure(_ found: String, in string: UnsafeRawBufferPointer) -> Failure {
    guard let start = bytes.baseAddress, let place = string.baseAddress else { return failure(found) }
    return failure(found, at: place - start - 1)
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipDigits() throws(Failure) {
    let start = position
    while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] { position += 1 }
    guard position > start else { throw failure("no digit") }
  }
}
