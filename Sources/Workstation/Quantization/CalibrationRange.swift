extension Calibration {
  /// The method that chooses the range that 256 codes span.
  public enum Method: String, Sendable, CaseIterable {
    /// The range of all values that were seen.
    case minMax = "min-max"
    /// The range of least mean squared error over the values that were seen. Values inside are
    /// rounded, those outside clipped.
    case mse
  }
}

extension Histogram {
  /// - Parameter clippingWeight: how many times as much a squared error of clipping counts as one of rounding; infinite where
  ///   only clipping counts.
  public func quantizationParameters(
    _ method: Calibration.Method, clippingWeight: Double = 1
  ) -> QuantizationParameters {
    guard minimum <= maximum else { return QuantizationParameters(low: 0, high: 0) }
    let (low, high) = (min(minimum, 0), max(maximum, 0))
    return switch method {
    case .mse where clippingWeight.isFinite: leastSquares(low: low, high: high, clippingWeight)
    case .minMax, .mse: QuantizationParameters(low: low, high: high)
    }
  }

  /// Returns the parameters of the range with the least squared error. The ends are tried at every 1/200 of their full
  /// values, one end after the other until neither moves.
  private func leastSquares(low: Float, high: Float, _ clippingWeight: Double) -> QuantizationParameters {
    let bins = bins
    let steps = 200
    func parameters(_ lowStep: Int, _ highStep: Int) -> QuantizationParameters {
      QuantizationParameters(
        low: low * Float(lowStep) / Float(steps), high: high * Float(highStep) / Float(steps))
    }
    func error(_ parameters: QuantizationParameters) -> Double {
      bins.reduce(0) { sum, bin in
        let difference = bin.value - parameters.rounded(bin.value)
        return sum + bin.count * difference * difference * (parameters.clips(bin.value) ? clippingWeight : 1)
      }
    }
    func best(_ candidate: (Int) -> QuantizationParameters) -> Int {
      // Steps run downwards, so that the widest range is chosen among equals.
      (1...steps).reversed().map { (error(candidate($0)), $0) }.min { $0.0 < $1.0 }!.1
    }
    var (lowStep, highStep) = (steps, steps)
    while true {
      let previous = (lowStep, highStep)
      if high > 0 { highStep = best { parameters(lowStep, $0) } }
      if low < 0 { lowStep = best { parameters($0, highStep) } }
      // Where one end is 0, only the other is searched, and a second round would find the same.
      if previous == (lowStep, highStep) || low == 0 || high == 0 { return parameters(lowStep, highStep) }
    }
  }
}
