import FloatRuntime

/// Rounds the weights of an output channel one after the other, and spreads the error of each over those that are not rounded
/// yet, so that the channel's output changes least on the samples.
///
/// This is GPTQ (Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2022),
/// with the covariance in place of the Hessian, since biases are corrected afterwards. Written with the Cholesky factor of the
/// covariance itself, it is Babai's nearest plane algorithm (Chen et al., "The Geometry of LLM Quantization", 2025):
///
///     e = weight - code * scale        of weights rounded before
///     code[i] = round((weight[i] + sum over j > i of U[i][j] * e[j] / U[i][i]) / scale)
package struct ErrorSpreading: WeightRounding {
  /// The factor of the covariance of what each group reads.
  private let factors: [CholeskyFactor]

  package init(factors: [CholeskyFactor]) { self.factors = factors }

  package func codes(_ weights: [ArraySlice<Float>], scales: [Float]) -> [[Int8]] {
    let channelsPerGroup = weights.count / factors.count
    let lanes = 16
    let partsPerGroup = (channelsPerGroup + lanes - 1) / lanes
    let parts = concurrentMap(factors.count * partsPerGroup) { index in
      let (group, part) = index.quotientAndRemainder(dividingBy: partsPerGroup)
      let first = group * channelsPerGroup + part * lanes
      let channels = first..<min(first + lanes, (group + 1) * channelsPerGroup)
      return Self.round(weights[channels], scales[channels], factors[group])
    }
    return Array(parts.joined())
  }

  /// Rounds up to 16 channels, each in a lane of a vector.
  private static func round(
    _ weights: ArraySlice<ArraySlice<Float>>, _ scales: ArraySlice<Float>, _ factor: CholeskyFactor
  ) -> [[Int8]] {
    let count = factor.order.count
    var scale = SIMD16<Float>(repeating: 1)
    for (lane, value) in scales.enumerated() { scale[lane] = value }
    var codes = [[Int8]](repeating: [Int8](repeating: 0, count: count), count: weights.count)
    var errors = [SIMD16<Float>](repeating: .zero, count: count)
    for index in (0..<count).reversed() {
      let place = factor.order[index]
      var weight = SIMD16<Float>.zero
      for (lane, weights) in weights.enumerated() { weight[lane] = weights[weights.startIndex + place] }
      let spread = factor.values.withUnsafeBufferPointer { values in
        errors.withUnsafeBufferPointer { errors in
          let row = values.baseAddress! + index * count
          var sum = SIMD16<Float>.zero
          for other in index + 1..<count { sum += row[other] * errors[other] }
          return sum / row[index]
        }
      }
      for lane in codes.indices {
        let code = ((weight[lane] + spread[lane]) / scale[lane]).rounded(.toNearestOrEven)
        codes[lane][place] = Int8(max(-127, min(127, code)))
        errors[index][lane] = weight[lane] - Float(codes[lane][place]) * scale[lane]
      }
    }
    return codes
  }
}
