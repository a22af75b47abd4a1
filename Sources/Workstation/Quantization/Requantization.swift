import Platform

// Real factors as the kernels apply them. docs/numerics.md derives their formats; this file rounds to them.

/// The requantization factor, which turns an accumulator into a code: `multiplier * 2^-(15 + shift)`. The accumulator
/// is shifted right, saturated to 16 bits and multiplied by `multiplier * 2^-15`.
///
/// The multiplier lies in 256...511 wherever the shift is not 0. So a shifted accumulator of 16 bits just covers the
/// codes 0...255 and resolves 1/64 of a code. Eight bits are enough because no factor is rounded to them: the quantizer
/// chooses each channel's weight scale such that its factor is exact.
public struct RequantizationFactor: Sendable, Equatable {
  public let multiplier: Int32
  public let shift: Int32

  public var value: Double { scalbn(Double(multiplier), -15 - Int(shift)) }

  /// Creates the smallest factor that is not below `value`. For values above the largest factor, which is just
  /// below 1, it creates the largest.
  public init(atLeast value: Double) {
    precondition(value > 0)
    var shift = min(max(-7 - Int(value.exponent), 0), 31)
    var multiplier = scalbn(value, 15 + shift).rounded(.up)
    if multiplier == 512 && shift > 0 {
      multiplier = 256
      shift -= 1
    }
    self.multiplier = Int32(max(min(multiplier, 32767), 256))
    self.shift = Int32(shift)
  }

  private init(multiplier: Int32, shift: Int32) {
    self.multiplier = multiplier
    self.shift = shift
  }

  /// The next smaller factor; nil where there is none.
  public var next: RequantizationFactor? {
    if multiplier > 256 { return RequantizationFactor(multiplier: multiplier - 1, shift: shift) }
    return shift < 31 ? RequantizationFactor(multiplier: 511, shift: shift + 1) : nil
  }
}

extension Int32 {
  /// Rounds a number that is added to an accumulator, and limits it to -2^30 ... 2^30. Beyond that the code is
  /// saturated whatever the sum is, and the sum must not leave Int32.
  init(bias value: Double) {
    let limit = Double(1 << 30)
    self = Int32(Swift.max(-limit, Swift.min(limit, value.rounded())))
  }
}

/// The factor from a shortcut's 16-bit value to the accumulator, `multiplier * 2^-shift`. The
/// multiplier has 15 significant bits.
public struct ShortcutFactor: Sendable, Equatable {
  public let multiplier: Int32
  public let shift: Int32

  public var value: Double { scalbn(Double(multiplier), -Int(shift)) }

  /// The largest factor that can be expressed.
  public static let largest = 32767.0

  public init(nearest value: Double) {
    precondition(value > 0 && value <= Self.largest, "no shortcut factor is near \(value)")
    var shift = min(max(14 - Int(value.exponent), 0), 31)
    var multiplier = scalbn(value, shift).rounded()
    if multiplier == 32768 {
      multiplier = 16384
      shift -= 1
    }
    self.multiplier = Int32(multiplier)
    self.shift = Int32(shift)
  }
}
