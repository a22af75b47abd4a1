/// How a tensor's real numbers are coded in 8 bits: `real = scale * (code - zeroPoint)`.
public struct QuantizationParameters: Sendable, Equatable {
  /// Real units a code.
  public let scale: Float
  /// The code of real 0: 0 where nothing is negative.
  public let zeroPoint: UInt8

  public init(scale: Float, zeroPoint: UInt8) {
    precondition(scale > 0 && scale.isFinite)
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// For codes 0 ... 255 to span `low` ... `high`, moved by less than a code so that one of them is real 0.
  ///
  /// - Parameter low: at most 0, and `high` at least 0: padding must have a code.
  public init(low: Float, high: Float) {
    precondition(low <= 0 && high >= 0)
    let scale = high / 255 - low / 255
    // A tensor that is 0 throughout takes any scale.
    self.scale = scale < .leastNormalMagnitude ? 1 : scale
    zeroPoint = UInt8(min(255, (-low / self.scale).rounded()))
  }

  /// The nearest real number that has a code.
  public func rounded(_ real: Double) -> Double {
    let code = (real / Double(scale)).rounded() + Double(zeroPoint)
    return Double(scale) * (max(0, min(255, code)) - Double(zeroPoint))
  }
}
