import Platform

extension Double {
  /// The number as C's `%.*f` writes it.
  package func formatted(decimals: Int) -> String {
    // The buffer holds a sign, as many digits as the largest number has, a point, the decimals and the NUL.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 313 + decimals) { buffer in
      _ = withVaList([Int32(decimals), self]) { vsnprintf(buffer.baseAddress!, buffer.count, "%.*f", $0) }
      return String(cString: buffer.baseAddress!)
    }
  }
}

/// Returns a fraction as "93.54 %".
package func percent(_ fraction: Double) -> String { (100 * fraction).formatted(decimals: 2) + " %" }

/// Returns a ratio as "42.85 dB".
package func decibels(_ ratio: Double) -> String { ratio.formatted(decimals: 2) + " dB" }

/// Returns a number of things in words: "1 image", "2 images".
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

extension String {
  /// The string with spaces after it, up to `width` characters.
  package func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }

  /// The string with spaces before it, up to `width` characters.
  package func aligned(_ width: Int) -> String { String(repeating: " ", count: max(width - count, 0)) + self }
}
