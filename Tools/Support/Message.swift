import ArgumentParser
import Platform

extension String {
  /// The text as a message for people, whatever names are in it: without control characters, and no longer than a screen.
  /// What is wrong stands at the beginning and the remedy at the end, so that the middle of a longer text is left out.
  package var message: String { message(keeping: []) }

  /// - Parameter kept: control characters that are shown as they are.
  fileprivate func message(keeping kept: Set<Unicode.Scalar>) -> String {
    let shown = unicodeScalars.flatMap { kept.contains($0) ? [$0] : Array(String($0).printable.unicodeScalars) }
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
      // The usage of a command, which follows what is wrong with its arguments, has several lines.
      let isUsage = exitCode(for: error) == .validationFailure
      if !text.isEmpty { writeToStandardError(text.message(keeping: isUsage ? ["\n"] : []) + "\n") }
      Platform.exit(exitCode(for: error).rawValue)
    }
  }
}
