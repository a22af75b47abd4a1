/// Rounds one output channel's weights to int8, symmetric: `weight = scale * code`, codes in -127...127.
enum WeightQuantizer {
  /// Codes of each weight, ties to even.
  static func codes(_ weights: ArraySlice<Float>, scale: Float) -> [Int8] {
    weights.map { Int8(max(-127, min(127, ($0 / scale).rounded(.toNearestOrEven)))) }
  }

  /// The sum of squared differences that quantizing with a scale makes.
  static func squaredError(_ weights: UnsafeBufferPointer<Float>, scale: Float) -> Float {
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, ties to even. Clamping by `replacing`, after rounding,
    // compiles to vector instructions; `clamped` does not (50 times slower on baseline x86-64).
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

  /// The weights in codes, with the scale of least squared error where any scale will do.
  static func quantize(_ weights: ArraySlice<Float>) -> (scale: Float, codes: [Int8]) {
    let largest = largestMagnitude(weights)
    let scale = best(weights, among: scales(largest: largest == 0 ? 1 : largest)) { $0 }!
    return (scale, codes(weights, scale: scale))
  }

  /// Scales from the one that clips nothing down to half of it.
  private static func scales(largest: Float) -> [Float] { (0..<96).map { largest / 127 * (1 - Float($0) / 192) } }

  /// 0 where no scale could be a normal number: channels that weight decay has all but removed.
  static func largestMagnitude(_ weights: ArraySlice<Float>) -> Float {
    let largest = weights.reduce(0) { max($0, abs($1)) }
    return largest < 1e-30 ? 0 : largest
  }
}
