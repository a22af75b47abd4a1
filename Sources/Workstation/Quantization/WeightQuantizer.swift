/// Rounds one output channel's weights to int8, symmetrically: `weight = scale * code`, with codes in -127...127.
package enum WeightQuantizer {
  /// Returns the code of each weight. Ties are rounded to even.
  package static func codes(_ weights: ArraySlice<Float>, scale: Float) -> [Int8] {
    weights.map { Int8(max(-127, min(127, ($0 / scale).rounded(.toNearestOrEven)))) }
  }

  /// Returns the sum of squared differences between the weights and the weights that their codes stand for.
  package static func squaredError(_ weights: UnsafeBufferPointer<Float>, scale: Float) -> Float {
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, ties to even. Clamping after rounding, by
    // `replacing`, compiles to vector instructions. `clamped` does not: it is 50 times slower on baseline x86-64.
    let rounder: Float = 12_582_912
    let inverse = 1 / scale
    var sums = SIMD16<Float>.zero
    func add(_ weight: SIMD16<Float>) {
      let rounded = (weight * inverse + rounder) - rounder
      let code = rounded.replacing(with: 127, where: rounded .> 127).replacing(with: -127, where: rounded .< -127)
      let difference = weight - code * scale
      sums += difference * difference
    }
    let whole = weights.count / 16 * 16
    for index in stride(from: 0, to: whole, by: 16) {
      add(UnsafeRawPointer(weights.baseAddress! + index).loadUnaligned(as: SIMD16<Float>.self))
    }
    var rest = SIMD16<Float>.zero
    for index in whole..<weights.count { rest[index - whole] = weights[index] }
    add(rest)
    return sums.sum()
  }

  /// Returns the candidate whose scale has the least squared error, and the first of equals;
  /// nil where there is no candidate.
  package static func best<Candidate>(
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

  /// Returns the scale of least squared error. It is for weights that may have any scale.
  package static func bestScale(_ weights: ArraySlice<Float>) -> Float {
    let largest = largestMagnitude(weights)
    return best(weights, among: scales(largest: largest == 0 ? 1 : largest)) { $0 }!
  }

  /// Returns 96 scales, from the one that clips nothing down to about half of it.
  private static func scales(largest: Float) -> [Float] { (0..<96).map { largest / 127 * (1 - Float($0) / 192) } }

  /// Returns the largest magnitude of the weights. It is 0 where that is below 1e-30, so small that a scale might not
  /// be a normal number. Weight decay has all but removed such channels.
  package static func largestMagnitude(_ weights: ArraySlice<Float>) -> Float {
    let largest = weights.reduce(0) { max($0, abs($1)) }
    return largest < 1e-30 ? 0 : largest
  }
}
