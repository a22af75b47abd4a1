import Foundation

extension Double {
  package func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}

extension String {
  /// Followed by spaces up to `width` characters.
  package func padded(_ width: Int) -> String { padding(toLength: max(width, count), withPad: " ", startingAt: 0) }

  /// After spaces up to `width` characters.
  package func aligned(_ width: Int) -> String { String(repeating: " ", count: max(width - count, 0)) + self }
}
