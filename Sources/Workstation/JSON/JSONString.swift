extension String {
  /// Makes a string of what stands between its quotes: escapes become what they stand for.
  ///
  /// - Parameter scanner: the reader that it comes from, for messages.
  init(json bytes: UnsafeRawBufferPointer, _ scanner: JSONScanner) throws(JSONScanner.Failure) {
    var text: [UInt8] = []
    var rest = bytes[...]
    while let escape = rest.firstIndex(of: UInt8(ascii: "\\")) {
      text += rest[..<escape]
      rest = rest[(escape + 1)...]
      guard let scalar = Self.escaped(&rest) else {
        throw scanner.failure("an escape that means nothing", in: bytes)
      }
      text += Array(String(scalar).utf8)
    }
    text += rest
    self = String(decoding: text, as: UTF8.self)
    // Decoding replaces what is no UTF-8.
    guard utf8.elementsEqual(text) else { throw scanner.failure("a string that is not in UTF-8", in: bytes) }
  }

  /// Reads what follows a backslash; nil where it is no escape.
  private static func escaped(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Unicode.Scalar? {
    switch rest.popFirst() {
    case UInt8(ascii: "\""): "\""
    case UInt8(ascii: "\\"): "\\"
    case UInt8(ascii: "/"): "/"
    case UInt8(ascii: "b"): "\u{8}"
    case UInt8(ascii: "f"): "\u{C}"
    case UInt8(ascii: "n"): "\n"
    case UInt8(ascii: "r"): "\r"
    case UInt8(ascii: "t"): "\t"
    case UInt8(ascii: "u"): unicodeEscape(&rest)
    default: nil
    }
  }

  /// Reads the hexadecimal digits of `\uXXXX`. A character beyond U+FFFF has two such escapes.
  private static func unicodeEscape(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Unicode.Scalar? {
    guard let first = codeUnit(&rest) else { return nil }
    guard 0xD800..<0xDC00 ~= first else { return Unicode.Scalar(first) }
    guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
      let second = codeUnit(&rest), 0xDC00..<0xE000 ~= second
    else { return nil }
    return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
  }

  private static func codeUnit(_ rest: inout Slice<UnsafeRawBufferPointer>) -> UInt16? {
    let digits = rest.prefix(4)
    rest = rest.dropFirst(4)
    guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else { return nil }
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
