extension String {
  /// The text as a string literal of C and C++, in ASCII. Other bytes are octal, which has at most three digits, so that
  /// what follows is never taken for one more; `?` is escaped, since two of them begin a trigraph.
  var cLiteral: String { "\"\(utf8.map(escaped).joined())\"" }

  private func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"): "\\" + String(UnicodeScalar(byte))
    case 0x20...0x7E: String(UnicodeScalar(byte))
    default: "\\" + String(repeating: "0", count: byte < 8 ? 2 : byte < 64 ? 1 : 0) + String(byte, radix: 8)
    }
  }
}
