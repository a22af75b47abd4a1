import Platform

/// A piece of text in the file: its bytes, not copied. Two are equal where their bytes are.
///
/// `String` would do worse on hostile files: it compares and hashes what Unicode's normalization makes of a text, in time
/// that grows with the square of the combining marks in a row.
struct FileText: Hashable {
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The text as a message quotes it.
  var printable: String { String(decoding: bytes, as: UTF8.self).printable }

  /// The text as the name of a tensor.
  var name: String { String(decoding: bytes, as: UTF8.self).escapedToASCII }

  func hasPrefix(_ prefix: FileText) -> Bool {
    bytes.count >= prefix.bytes.count && FileText(bytes.prefix(prefix.bytes.count)) == prefix
  }

  func hasSuffix(_ suffix: FileText) -> Bool {
    bytes.count >= suffix.bytes.count && FileText(bytes.suffix(suffix.bytes.count)) == suffix
  }

  func dropFirst(_ count: Int) -> FileText { FileText(bytes.dropFirst(count)) }

  func dropLast(_ count: Int) -> FileText { FileText(bytes.dropLast(count)) }

  private init(_ slice: Slice<UnsafeRawBufferPointer>) { self.init(UnsafeRawBufferPointer(rebasing: slice)) }

  static func == (a: FileText, b: FileText) -> Bool {
    guard a.bytes.count == b.bytes.count, let start = a.bytes.baseAddress, let other = b.bytes.baseAddress else {
      return a.bytes.count == b.bytes.count
    }
    return memcmp(start, other, a.bytes.count) == 0
  }

  func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
}

/// A literal stands for text that the program holds, to compare the file's with.
extension FileText: ExpressibleByStringLiteral {
  init(stringLiteral text: StaticString) {
    bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }
}

extension String {
  /// The text with all but the printable characters of ASCII escaped: as `\u{E9}`. Such texts can be compared and hashed
  /// safely, and those without escapes are as the file has them.
  var escapedToASCII: String {
    if utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return self }
    return unicodeScalars.map {
      0x20..<0x7F ~= $0.value ? String($0) : "\\u{\(String($0.value, radix: 16, uppercase: true))}"
    }
    .joined()
  }
}

extension [Int] {
  /// The numbers as a message quotes them: "[64, 3, 7, 7]".
  var printable: String { description.printable }
}
