import Platform

extension Double {
  /// C's `%.*f`.
  package func formatted(decimals: Int) -> String {
    // As many digits as the largest number has, a point, the decimals, a sign and the NUL.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 313 + decimals) { buffer in
      _ = withVaList([Int32(decimals), self]) { vsnprintf(buffer.baseAddress!, buffer.count, "%.*f", $0) }
      return String(cString: buffer.baseAddress!)
    }
  }
}

extension String {
  /// Followed by spaces up to `width` characters.
  package func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }

  /// After spaces up to `width` characters.
  package func aligned(_ width: Int) -> String { String(repeating: " ", count: max(width - count, 0)) + self }
}
