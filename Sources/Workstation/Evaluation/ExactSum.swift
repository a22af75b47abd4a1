/// An exact sum of finite numbers that are not negative, each a multiple of 2^-298: what squares of floats are, and sums of
/// them. Nothing is rounded, so that neither the order of the numbers nor their grouping changes the sum.
///
/// It is an integer of 640 bits that counts the unit 2^-298. The square of a difference of floats is at most 2^258, and 2^83
/// of them fit.
package struct ExactSum: Sendable, Equatable {
  /// The integer's digits, 64 bits each, the lowest first.
  private var digits = [UInt64](repeating: 0, count: 10)

  /// The exponent of the unit: the smallest float is 2^-149, and its square 2^-298.
  private static let unitExponent = -298

  package init() {}

  package static func += (sum: inout ExactSum, number: Double) {
    precondition(number.isFinite && number >= 0)
    guard number > 0 else { return }
    let significand = number.significandBitPattern | 1 << UInt64(Double.significandBitCount)
    let zeros = significand.trailingZeroBitCount
    let place = Int(number.exponent) - Double.significandBitCount + zeros - unitExponent
    precondition(place >= 0, "no multiple of 2^-298")
    let shifted = UInt128(significand >> zeros) << (place % 64)
    sum.add(UInt64(truncatingIfNeeded: shifted), at: place / 64)
    sum.add(UInt64(shifted >> 64), at: place / 64 + 1)
  }

  package static func += (sum: inout ExactSum, other: ExactSum) {
    for (index, digit) in other.digits.enumerated() { sum.add(digit, at: index) }
  }

  private mutating func add(_ digit: UInt64, at index: Int) {
    var (index, carry) = (index, digit)
    while carry > 0 {
      let (partialValue, overflow) = digits[index].addingReportingOverflow(carry)
      digits[index] = partialValue
      (index, carry) = (index + 1, overflow ? 1 : 0)
    }
  }

  /// The sum as a `Double`, within a few of its last places. Equal sums give equal values.
  package var value: Double { digits.reversed().reduce(0) { $0 * 0x1p64 + Double($1) } * 0x1p-298 }
}

// MARK: Text

extension ExactSum: CustomStringConvertible {
  /// The sum in C's hexadecimal notation for numbers, all digits: "0x1p-3" is an eighth. Python's `float.fromhex` rounds it.
  package var description: String {
    let zeros = digits.firstIndex { $0 > 0 }.map { 64 * $0 + digits[$0].trailingZeroBitCount } ?? 0
    let hexadecimal = digits.reversed().map { digit in
      let text = String(digit, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    // Zeros at both ends tell nothing.
    let shown = hexadecimal.joined().dropLast(zeros / 4).drop { $0 == "0" }
    return shown.isEmpty ? "0x0p0" : "0x\(shown)p\(Self.unitExponent + zeros / 4 * 4)"
  }

  /// Reads what `description` writes. Nil for any other text, and for sums of 2^320 or more, of which a million could be
  /// added up.
  package init?(_ text: String) {
    let parts = text.split(separator: "p", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasPrefix("0x"), let exponent = Int(parts[1]) else { return nil }
    let hexadecimal = parts[0].dropFirst(2)
    let digitCount = hexadecimal.utf8.count
    guard 1...155 ~= digitCount, Self.unitExponent...320 ~= exponent else { return nil }
    guard exponent - Self.unitExponent + 4 * digitCount <= 320 - Self.unitExponent else { return nil }
    for (index, character) in hexadecimal.reversed().enumerated() {
      guard let digit = UInt64(String(character), radix: 16) else { return nil }
      let place = exponent - Self.unitExponent + 4 * index
      let shifted = UInt128(digit) << (place % 64)
      add(UInt64(truncatingIfNeeded: shifted), at: place / 64)
      add(UInt64(shifted >> 64), at: place / 64 + 1)
    }
    guard description == text else { return nil }
  }
}
