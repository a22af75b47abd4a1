import Platform

/// Sums over logits for their signal to quantization noise ratio (SQNR). They are exact sums of each image's energies, which
/// are sums of `Double` in the order of the classes: so neither the order of the images nor their division changes the ratio.
struct SignalToNoise: Sendable, Equatable {
  /// The energy (sum of squares) of the reference.
  var signal = ExactSum()
  /// The energy of the difference from the reference.
  var noise = ExactSum()

  /// Adds the logits of an image. Those that are not finite have no energy, and nothing is added: whoever evaluates refuses
  /// their network.
  mutating func add(_ values: [Float], reference: [Float]) {
    var (imageSignal, imageNoise) = (0.0, 0.0)
    for (value, reference) in zip(values, reference) {
      let (value, reference) = (Double(value), Double(reference))
      imageSignal += reference * reference
      imageNoise += (reference - value) * (reference - value)
    }
    guard imageSignal.isFinite && imageNoise.isFinite else { return }
    signal += imageSignal
    noise += imageNoise
  }

  static func += (ratio: inout SignalToNoise, other: SignalToNoise) {
    ratio.signal += other.signal
    ratio.noise += other.noise
  }

  /// 10 log10 of the reference's energy over that of the difference.
  var decibels: Double { noise == ExactSum() ? .infinity : 10 * log10(signal.value / noise.value) }
}
