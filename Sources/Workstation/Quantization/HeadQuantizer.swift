import FloatRuntime
import Graphs
import ModelFormat

/// Quantizes the head: global average pooling and the classifier after it. The pooled sums are exact, so only the
/// classifier's weights are rounded. The output's scale contains the division by the number of pixels.
struct HeadQuantizer {
  /// The layer's name, for messages.
  let name: String
  /// The coding of the tensor that is pooled.
  let input: QuantizationParameters
  /// The shape of the tensor that is pooled.
  let pooled: TensorShape
  /// The bytes of one pixel of that tensor in memory.
  let storedChannels: Int
  /// Whether that tensor has remainders.
  let hasRemainders: Bool

  /// What the head is in the file.
  struct Result {
    /// `HeadBlock`s, one after the other.
    let parameters: [Int32]
    let weights: PackedWeights?
  }

  /// Quantizes the head.
  ///
  /// - Parameter classifier: the fully connected layer after the pooling as a 1x1 convolution, and how its weights are rounded;
  ///   nil where the pooled features are the output.
  /// - Throws: `QuantizationError` where a scale or a bias is not finite.
  func quantize(_ classifier: (Convolution, any WeightRounding)?) throws(QuantizationError) -> Result {
    // The head adds up 256 * code + remainder, where a remainder of 128 stands for 0, or the codes alone.
    let unitsPerCode: Float = hasRemainders ? 256 : 1
    let zero = Double(input.zeroPoint) + (hasRemainders ? 0.5 : 0)
    let units = Float(pooled.height * pooled.width) * unitsPerCode
    guard let (classifier, rounding) = classifier else {
      let scales = [Float](repeating: input.scale / units, count: pooled.channels)
      let biases = [Float](repeating: -input.scale * Float(zero), count: pooled.channels)
      return Result(parameters: try blocks(scales, biases), weights: nil)
    }
    let weights = (0..<classifier.outputChannels).map(classifier.weights(of:))
    let weightScales = concurrentMap(weights.count) { WeightQuantizer.bestScale(weights[$0]) }
    let codes = rounding.codes(weights, scales: weightScales)
    let scales = weightScales.map { $0 * input.scale / units }
    let biases = codes.indices.map { index in
      let sum = codes[index].reduce(0) { $0 + Int($1) }
      return Float(
        Double(classifier.bias[index])
          - Double(sum) * zero * Double(weightScales[index]) * Double(input.scale))
    }
    return Result(
      parameters: try blocks(scales, biases),
      weights: PackedWeights(classifier, codes: codes.flatMap(\.self), storedInputs: storedChannels))
  }

  /// Returns the numbers as `HeadBlock`s. The last block is filled up with zeros.
  private func blocks(_ scales: [Float], _ biases: [Float]) throws(QuantizationError) -> [Int32] {
    guard scales.allSatisfy(\.isFinite), biases.allSatisfy(\.isFinite) else {
      throw QuantizationError(
        "\(name): a scale or a bias of the classifier after it is not finite; use another checkpoint")
    }
    return stride(from: 0, to: scales.count, by: channelsPerBlock).flatMap { first in
      [scales, biases].flatMap { row in
        (first..<first + channelsPerBlock).map { $0 < row.count ? Int32(bitPattern: row[$0].bitPattern) : 0 }
      }
    }
  }
}
