/// The coding of a tensor's real numbers in 8 bits, `real = scale * (code - zeroPoint)`.
public struct QuantizationParameters: Sendable, Equatable {
  /// The real difference between neighbouring codes.
  public let scale: Float
  /// The code of real 0. It is 0 where no number is negative.
  public let zeroPoint: UInt8

  public init(scale: Float, zeroPoint: UInt8) {
    precondition(scale > 0 && scale.isFinite)
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// Chooses parameters so that codes 0 ... 255 span `low` ... `high`, moved by less than a
  /// code so that one code is real 0.
  ///
  /// - Parameters:
  ///   - low: at most 0, since padding must have a code.
  ///   - high: at least 0.
  public init(low: Float, high: Float) {
    precondition(low <= 0 && high >= 0)
    let scale = high / 255 - low / 255
    // A tensor that is 0 throughout takes any scale.
    self.scale = scale < .leastNormalMagnitude ? 1 : scale
    zeroPoint = UInt8(min(255, (-low / self.scale).rounded()))
  }

  /// Whether the code nearest to a real number would lie outside 0...255.
  func clips(_ real: Double) -> Bool {
    let code = (real / Double(scale)).rounded() + Double(zeroPoint)
    return code < 0 || code > 255
  }

  /// Returns the nearest real number that has a code.
  public func rounded(_ real: Double) -> Double {
    let code = (real / Double(scale)).rounded() + Double(zeroPoint)
    return Double(scale) * (max(0, min(255, code)) - Double(zeroPoint))
  }
}
