/// Rounds one output channel's weights to int8, symmetric: `weight = scale * code`, codes in -127...127.
enum WeightQuantizer {
  /// Codes of each weight, ties to even.
  static func codes(_ weights: ArraySlice<Float>, scale: Float) -> [Int8] {
    weights.map { Int8(max(-127, min(127, ($0 / scale).rounded(.toNearestOrEven)))) }
  }

  /// The sum of squared differences that quantizing with a scale makes.
  static func squaredError(_ weights: UnsafeBufferPointer<Float>, scale: Float) -> Float {
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, ties to even, in two vector instructions.
    let rounder: Float = 12_582_912
    let inverse = 1 / scale
    var sums = SIMD16<Float>.zero
    var index = 0
    while index + 16 <= weights.count {
      let weight = UnsafeRawPointer(weights.baseAddress! + index).loadUnaligned(as: SIMD16<Float>.self)
      let scaled = (weight * inverse).clamped(
        lowerBound: SIMD16(repeating: -127), upperBound: SIMD16(repeating: 127))
      let difference = weight - ((scaled + rounder) - rounder) * scale
      sums += difference * difference
      index += 16
    }
    var sum = sums.sum()
    while index < weights.count {
      let scaled = max(-127, min(127, weights[index] * inverse))
      let difference = weights[index] - ((scaled + rounder) - rounder) * scale
      sum += difference * difference
      index += 1
    }
    return sum
  }

  /// The candidate with the least squared error; the first of equals.
  static func best<Candidate>(
    _ weights: ArraySlice<Float>, among candidates: some Sequence<Candidate>, scale: (Candidate) -> Float
  ) -> Candidate? {
    weights.withUnsafeBufferPointer { weights in
      var best: (candidate: Candidate, error: Float)?
      for candidate in candidates {
        let error = squaredError(weights, scale: scale(candidate))
        if best == nil || error < best!.error { best = (candidate, error) }
      }
      return best?.candidate
    }
  }

  /// Scales from the one that clips nothing down to half of it.
  static func scales(largest: Float) -> [Float] { (0..<96).map { largest / 127 * (1 - Float($0) / 192) } }

  static func largestMagnitude(_ weights: ArraySlice<Float>) -> Float { weights.reduce(0) { max($0, abs($1)) } }
}
