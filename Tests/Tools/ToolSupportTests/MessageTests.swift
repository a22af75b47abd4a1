import Testing
import ToolSupport

/// Tests that no name in a message can move a terminal's cursor or hide the message.
@Suite struct MessageTests {
  @Test func controlCharactersAreShown() {
    #expect("a\u{1B}[2Jb\u{7}\n\u{9B}c".message == "a\\u{1B}[2Jb\\u{7}\\u{A}\\u{9B}c")
    #expect("Schuh: \u{1F45F} é".message == "Schuh: \u{1F45F} é")
  }

  @Test func theMiddleOfLongMessagesIsLeftOut() {
    let name = String(repeating: "n", count: 100_000)
    let message = "Error: \(name): unknown; give another".message
    #expect(message.hasPrefix("Error: nnn") && message.hasSuffix("nnn: unknown; give another"))
    #expect(message.count == 1205)
    let fits = String(repeating: "n", count: 1200)
    #expect(fits.message == fits)
  }
}
