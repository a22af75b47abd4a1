import Platform

/// A sum over logits for their signal to quantization noise ratio (SQNR).
struct SignalToNoise {
  /// The energy (sum of squares) of the reference.
  private var signal = 0.0
  /// The energy of the difference from the reference.
  private var noise = 0.0

  mutating func add(_ value: Float, reference: Float) {
    let (value, reference) = (Double(value), Double(reference))
    signal += reference * reference
    noise += (reference - value) * (reference - value)
  }

  /// 10 log10 of the reference's energy over that of the difference.
  var decibels: Double { noise == 0 ? .infinity : 10 * log10(signal / noise) }
}
