import Platform

/// Real factors as the kernels apply them. docs/numerics.md derives the formats; this file is where they are rounded.

/// The factor from accumulator to code, `multiplier * 2^-(15 + shift)`: the accumulator is shifted right, saturated to
/// 16 bits and multiplied by `multiplier * 2^-15`.
///
/// The multiplier lies in 256...511 wherever the shift is not 0, so that a shifted accumulator of 16 bits just covers the
/// codes 0...255 and resolves 1/64 of a code. Eight bits are enough because nothing is rounded to them: the quantizer
/// chooses each channel's weight scale among the factors that can be said exactly.
public struct RequantizationFactor: Sendable, Equatable {
  public let multiplier: Int32
  public let shift: Int32

  public var value: Double { scalbn(Double(multiplier), -15 - Int(shift)) }

  /// The smallest factor that is not below `value`; the largest of all, just below 1, for values above it.
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

  /// The next smaller factor; nil below the smallest.
  public var next: RequantizationFactor? {
    if multiplier > 256 { return RequantizationFactor(multiplier: multiplier - 1, shift: shift) }
    return shift < 31 ? RequantizationFactor(multiplier: 511, shift: shift + 1) : nil
  }
}

extension Int32 {
  /// What is added to an accumulator, rounded. Beyond 2^30 the code is saturated whatever the sum, and the sum must not
  /// leave Int32.
  init(bias value: Double) {
    let limit = Double(1 << 30)
    self = Int32(Swift.max(-limit, Swift.min(limit, value.rounded())))
  }
}

/// The factor from a shortcut's 16-bit value to the accumulator, `multiplier * 2^-shift` with 15 significant bits.
public struct ShortcutFactor: Sendable, Equatable {
  public let multiplier: Int32
  public let shift: Int32

  public var value: Double { scalbn(Double(multiplier), -Int(shift)) }

  /// The largest factor there is.
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
