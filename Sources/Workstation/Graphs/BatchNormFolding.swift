import Checkpoints

/// Inference-time batch normalization, `gamma * (x - mean) / sqrt(variance + epsilon) + beta`. Each
/// channel has one of each parameter.
struct BatchNorm {
  /// The state-dict prefix, for messages.
  let name: String
  let gamma: [Float]
  let beta: [Float]
  let mean: [Float]
  let variance: [Float]

  /// The number that is added to the variance. It is not in the state dict.
  let epsilon: Double

  /// A batch norm that changes nothing.
  static func identity(count: Int) -> BatchNorm {
    let (zeros, ones) = ([Float](repeating: 0, count: count), [Float](repeating: 1, count: count))
    return BatchNorm(name: "", gamma: ones, beta: zeros, mean: zeros, variance: ones, epsilon: 0)
  }

  /// Returns the weights and biases of one convolution that equals a convolution followed by this batch norm:
  /// `w' = w * s`, `b' = (b - mean) * s + beta`, where `s = gamma / sqrt(variance + epsilon)`.
  ///
  /// They are computed in double and rounded once. A gamma of 0 gives zero weights. `weights` is O, I, H, W as PyTorch
  /// keeps them; the result's are O, H, W, I.
  ///
  /// Throws where a variance is negative or a result is not finite.
  func folding(_ weights: Tensor, bias: [Float]?) throws(BatchNormError) -> (weights: [Float], bias: [Float]) {
    let outputs = weights.shape[0]
    let inputs = weights.shape[1]
    let taps = weights.shape[2] * weights.shape[3]
    var foldedBias = [Float](repeating: 0, count: outputs)
    var scales = [Double](repeating: 0, count: outputs)
    for o in 0..<outputs {
      guard variance[o] >= 0 else {
        throw BatchNormError(problem: "\(name).running_var[\(o)] is \(variance[o]); a variance cannot be negative")
      }
      scales[o] = Double(gamma[o]) / (Double(variance[o]) + epsilon).squareRoot()
      foldedBias[o] = Float((Double(bias?[o] ?? 0) - Double(mean[o])) * scales[o] + Double(beta[o]))
    }
    let folded = [Float](unsafeUninitializedCapacity: weights.values.count) { output, count in
      weights.values.withUnsafeBufferPointer { source in
        for o in 0..<outputs {
          for i in 0..<inputs {
            for tap in 0..<taps {
              let value = Float(Double(source[(o * inputs + i) * taps + tap]) * scales[o])
              output.initializeElement(at: (o * taps + tap) * inputs + i, to: value)
            }
          }
        }
      }
      count = weights.values.count
    }
    guard foldedBias.allSatisfy(\.isFinite), folded.allSatisfy(\.isFinite) else {
      throw BatchNormError(problem: "folding \(name) into its convolution gives infinite weights")
    }
    return (folded, foldedBias)
  }
}

struct BatchNormError: Error {
  let problem: String
}
