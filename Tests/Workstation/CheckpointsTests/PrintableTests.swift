import Platform
import Testing

@Suite struct PrintableTests {
  /// The cases are no arguments of the test, since it would print them as they are.
  @Test func controlCharactersAreEscaped() {
    for (text, printable) in Self.cases { #expect(Array(text.printable.utf8) == Array(printable.utf8)) }
  }

  private static let cases = [
    ("layer1.0.conv1.weight", "layer1.0.conv1.weight"),
    ("Prüfung 重み e\u{301} 🙂", "Prüfung 重み e\u{301} 🙂"),
    ("\u{1B}]0;title\u{7}\u{1B}[2J", #"\u{1B}]0;title\u{7}\u{1B}[2J"#),
    ("a\r\nb\tc\0", #"a\u{D}\u{A}b\u{9}c\u{0}"#),
    ("\u{7F}\u{9B}31m", #"\u{7F}\u{9B}31m"#),
    ("\u{202E}txt.\u{2066}x\u{2069}\u{200F}", #"\u{202E}txt.\u{2066}x\u{2069}\u{200F}"#),
    ("\u{2028}\u{2029}\u{85}", #"\u{2028}\u{2029}\u{85}"#),
    ("", ""),
  ]

  @Test func longTextIsCut() {
    let longest = String(repeating: "x", count: 200)
    #expect(longest.printable == longest)
    #expect((longest + "é").printable == longest + "... (2 more bytes)")
    let lines = String(repeating: "\n", count: 41)
    #expect(lines.printable == String(repeating: #"\u{A}"#, count: 40) + "... (1 more bytes)")
    // One character to Swift, and a million to a terminal.
    let marks = "e" + String(repeating: "\u{301}", count: 1_000_000)
    #expect(marks.printable.unicodeScalars.count == 200 + "... (1999602 more bytes)".count)
  }
}
