import ArgumentParser
import Platform

extension String {
  /// The text as a message for people, whatever names are in it: control characters are escaped, except line ends, and
  /// of a text longer than a screen the middle is left out. What is wrong stands at the beginning, the remedy at the end.
  package var message: String {
    let shown = unicodeScalars.flatMap { $0 == "\n" ? ["\n"] : Array(String($0).printable.unicodeScalars) }
    let (beginning, end) = (700, 500)
    guard shown.count > beginning + end else { return String(String.UnicodeScalarView(shown)) }
    let parts = [Array(shown.prefix(beginning)), Array(" ... ".unicodeScalars), Array(shown.suffix(end))]
    return String(String.UnicodeScalarView(parts.joined()))
  }
}

extension ParsableCommand {
  /// Does what the command line asks, as `main()` of ArgumentParser, and shows errors as `String.message`.
  package static func runTool() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      // Help and version are no errors.
      guard !exitCode(for: error).isSuccess else { exit(withError: error) }
      let text = fullMessage(for: error)
      if !text.isEmpty { writeToStandardError(text.message + "\n") }
      Platform.exit(exitCode(for: error).rawValue)
    }
  }
}
