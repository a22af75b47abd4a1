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

  /// Quantizes the head and appends it to `writer`.
  ///
  /// - Parameter classifier: the layer after the pooling, which is fully connected; nil where the
  ///   pooled features are the output.
  /// - Throws: `QuantizationError` where a scale or a bias is not finite.
  func append(
    classifier: Layer.Operation?, input tensor: UInt32, output: UInt32, to writer: inout ModelWriter
  ) throws(QuantizationError) {
    var record = LayerRecord(kind: LayerKind.head, input: tensor, output: output, window: .none)
    // The head adds up 256 * code + remainder, where a remainder of 128 stands for 0, or the codes alone.
    let unitsPerCode: Float = hasRemainders ? 256 : 1
    let zero = Double(input.zeroPoint) + (hasRemainders ? 0.5 : 0)
    let units = Float(pooled.height * pooled.width) * unitsPerCode
    guard case .fullyConnected(let weights, let bias, let inputs, let outputs)? = classifier else {
      let scales = [Float](repeating: input.scale / units, count: pooled.channels)
      let biases = [Float](repeating: -input.scale * Float(zero), count: pooled.channels)
      writer.append(record, parameters: try blocks(scales, biases))
      return
    }
    let quantized = concurrentMap(outputs) { output in
      WeightQuantizer.quantize(weights[output * inputs..<(output + 1) * inputs])
    }
    let convolution = Convolution(
      weights: weights, bias: bias, inputChannels: inputs, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
    let packed = PackedWeights(convolution, codes: quantized.flatMap(\.codes), storedInputs: storedChannels)
    record.window = PackedWeights.window(convolution, groups: 1)
    let scales = quantized.map { $0.scale * input.scale / units }
    let biases = zip(bias, quantized).map { bias, row in
      let sum = row.codes.reduce(0) { $0 + Int($1) }
      return Float(Double(bias) - Double(sum) * zero * Double(row.scale) * Double(input.scale))
    }
    writer.append(record, parameters: try blocks(scales, biases), weights: packed.bytes)
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
