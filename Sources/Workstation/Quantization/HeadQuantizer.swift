import ModelFormat

/// Quantizes global average pooling and the classifier after it. The pooled sums are exact, so that only the classifier's
/// weights are rounded; the division by the number of pixels is part of the output's scale.
struct HeadQuantizer {
  /// Of the tensor that is pooled.
  let scale: Float
  let zeroPoint: UInt8
  let pixels: Int
  let channels: Int
  let storedChannels: Int

  func record(
    _ layer: Layer, _ index: Int, classifier: Layer.Operation?, _ file: inout ModelFile
  ) -> LayerRecord {
    var record = LayerRecord(
      kind: LayerKind.head, input: UInt32(layer.input), output: UInt32(index + 1), window: .none)
    var scales: [Float]
    var biases: [Float]
    if case .fullyConnected(let weights, let bias, let inputs, let outputs)? = classifier {
      let quantized = concurrentMap(outputs) { output in
        WeightQuantizer.quantize(weights[output * inputs..<(output + 1) * inputs])
      }
      let convolution = Convolution(
        weights: weights, bias: bias, inputChannels: inputs, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
      let packed = PackedWeights(
        convolution, codes: quantized.flatMap(\.codes), storedInputs: storedChannels)
      record.window = PackedWeights.window(convolution, groups: 1)
      record.window.weights = file.append(weights: packed.bytes)
      scales = quantized.map { $0.scale * scale / Float(pixels) }
      biases = zip(bias, quantized).map { bias, row in
        let sum = row.codes.reduce(0) { $0 + Int($1) }
        return Float(Double(bias) - Double(sum) * Double(zeroPoint) * Double(row.scale) * Double(scale))
      }
    } else {
      scales = [Float](repeating: scale / Float(pixels), count: channels)
      biases = [Float](repeating: -scale * Float(zeroPoint), count: channels)
    }
    let padding = [Float](repeating: 0, count: (channelsPerBlock - scales.count % channelsPerBlock) % channelsPerBlock)
    scales += padding
    biases += padding
    record.parameters = file.append(
      parameters: stride(from: 0, to: scales.count, by: channelsPerBlock).flatMap { block in
        (scales[block..<block + channelsPerBlock] + biases[block..<block + channelsPerBlock])
          .map { Int32(bitPattern: $0.bitPattern) }
      })
    return record
  }
}
