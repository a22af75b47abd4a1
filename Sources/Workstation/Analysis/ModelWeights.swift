import Evaluation
import FloatRuntime
import Graphs
import ModelFormat
import Platform
import Quantization

/// The weights of a model as real numbers, in the places of a float network's.
struct ModelWeights {
  /// For each layer of the graph, its convolution (or classifier) with the model's weights and float's biases; nil for pools.
  let convolutions: [Convolution?]
  /// For each layer of the graph, its projection with the model's weights and float's biases.
  let projections: [Convolution?]
  /// Whether each weight is the code nearest to float's: then biases are not corrected either.
  let areNearest: Bool

  /// - Parameter model: one whose layers are those of `graph`.
  init(_ model: Int8Model, _ graph: Graph, shapes: [TensorShape]) {
    let reader = WeightReader(model: model, shapes: shapes)
    var (convolutions, projections) = ([Convolution?](), [Convolution?]())
    var (nearest, total) = (0, 0)
    for (index, layer) in graph.layers.enumerated() {
      var (main, projected): (Convolution?, Convolution?)
      switch layer.operation {
      case .convolution(let convolution, let shortcut, _):
        let read = reader.convolution(convolution, layer: index)
        main = read.convolution
        nearest += read.nearestCount
        total += convolution.weights.count
        if case .projection(let tensor, let projection)? = shortcut {
          projected = reader.projection(projection, of: tensor, layer: index)
        }
      case .fullyConnected: main = reader.classifier(graph.classifier!, layer: index - 1)
      case .maxPool, .averagePool, .globalMaxPool, .globalAveragePool: break
      }
      convolutions.append(main)
      projections.append(projected)
    }
    (self.convolutions, self.projections) = (convolutions, projections)
    // A few may lie halfway between two codes.
    areNearest = Double(nearest) >= 0.999 * Double(total)
  }

  /// Returns the graph with these weights. Where roundings were corrected for, each bias is moved by the mean of what the
  /// weights' rounding adds on float inputs.
  ///
  /// - Parameter means: for each layer, the means of what its convolution and its projection read.
  func graph(_ graph: Graph, means: [LayerMeans]) -> Graph {
    let layers = graph.layers.enumerated().map { index, layer in
      Layer(name: layer.name, input: layer.input, operation: operation(of: layer, index, means[index]))
    }
    return Graph(name: graph.name, inputChannels: graph.inputChannels, layers: layers)
  }

  private func operation(of layer: Layer, _ index: Int, _ means: LayerMeans) -> Layer.Operation {
    switch layer.operation {
    case .convolution(let convolution, let shortcut, let relu):
      var rounded = convolutions[index]!
      var added = shortcut
      correct(&rounded, convolution, means.convolution)
      if case .projection(let tensor, let projection)? = shortcut {
        var rounded = projections[index]!
        correct(&rounded, projection, means.projection)
        added = .projection(tensor: tensor, rounded)
      }
      return .convolution(rounded, shortcut: added, relu: relu)
    case .fullyConnected(_, let bias, let inputs, let outputs):
      return .fullyConnected(weights: convolutions[index]!.weights, bias: bias, inputs: inputs, outputs: outputs)
    case .maxPool, .averagePool, .globalMaxPool, .globalAveragePool: return layer.operation
    }
  }

  private func correct(_ rounded: inout Convolution, _ original: Convolution, _ means: WindowMeans?) {
    guard !areNearest, let means else { return }
    let differences = zip(rounded.weights, original.weights).map { $0 - $1 }
    for (channel, mean) in means.means(of: differences, original).enumerated() {
      rounded.bias[channel] -= Float(mean)
    }
  }
}

/// The means of what the convolution and the projection of a layer read; nil where it has none.
struct LayerMeans: Sendable {
  var convolution: WindowMeans?
  var projection: WindowMeans?
}

/// Makes a model's weights real numbers.
private struct WeightReader {
  let model: Int8Model
  let shapes: [TensorShape]

  private var contents: Model { model.contents }

  private func tensor(_ index: Int) -> TensorRecord { contents.tensor(UInt32(index)) }

  private func codes(at offset: UInt32, of convolution: Convolution, reading tensor: Int) -> [Int8] {
    PackedWeights.codes(
      (contents.bytes + Int(offset)).assumingMemoryBound(to: Int8.self), of: convolution,
      storedInputs: Int(self.tensor(tensor).channels))
  }

  /// What a number of the parameters of a convolution's channel is.
  private func parameter(_ row: Int, _ channel: Int, of layer: LayerRecord) -> Double {
    let rows = ParameterBlock.rowCount(shortcutKind: layer.shortcutKind)
    let index = (channel / channelsPerBlock * rows + row) * channelsPerBlock + channel % channelsPerBlock
    return Double(integer(index, layer))
  }

  private func integer(_ index: Int, _ layer: LayerRecord) -> Int32 {
    contents.bytes.loadUnaligned(fromByteOffset: Int(layer.parameters) + 4 * index, as: Int32.self)
  }

  /// The real value of one unit of the accumulator of a convolution's channel, as stored.
  private func unit(_ channel: Int, _ layer: LayerRecord) -> Double {
    parameter(ParameterBlock.multiplier, channel, of: layer) * Double(contents.tensor(layer.output).scale)
      * scalbn(1, -15 - Int(parameter(ParameterBlock.shift, channel, of: layer)))
  }

  /// For each input channel, what a weight's float number is multiplied by before its channel's scale divides it.
  private func inputFactors(_ tensor: Int) -> [Float] {
    guard tensor == 0 else { return [Float](repeating: 1, count: shapes[tensor].channels) }
    return model.normalization.std.map { 1 / (255 * $0) }
  }

  private func inputScale(_ tensor: Int) -> Double { tensor == 0 ? 1 : Double(self.tensor(tensor).scale) }

  func convolution(_ original: Convolution, layer index: Int) -> (convolution: Convolution, nearestCount: Int) {
    let layer = contents.layer(index)
    let input = Int(layer.input)
    let codes = codes(at: layer.window.weights, of: original, reading: input)
    let scales = (0..<original.outputChannels).map { Float(unit($0, layer) / inputScale(input)) }
    return reals(codes, of: original, scales: scales, inputFactors(input))
  }

  func projection(_ original: Convolution, of input: Int, layer index: Int) -> Convolution {
    let layer = contents.layer(index)
    let codes = codes(at: layer.projection.weights, of: original, reading: input)
    let scales = (0..<original.outputChannels).map { channel in
      // The projection's accumulator is shifted, and then multiplied for that of the convolution.
      let shift =
        parameter(ParameterBlock.shortcutShift, channel, of: layer)
        + parameter(ParameterBlock.projectionShift, channel, of: layer)
      let factor = scalbn(parameter(ParameterBlock.shortcutMultiplier, channel, of: layer), -Int(shift))
      return Float(factor * unit(channel, layer) / inputScale(input))
    }
    return reals(codes, of: original, scales: scales, inputFactors(input)).convolution
  }

  func classifier(_ original: Convolution, layer index: Int) -> Convolution {
    let layer = contents.layer(index)
    let input = Int(layer.input)
    let codes = codes(at: layer.window.weights, of: original, reading: input)
    let units = Float(shapes[input].height * shapes[input].width) * (tensor(input).hasRemainders ? 256 : 1)
    let scales = (0..<original.outputChannels).map { channel in
      let row = (channel / channelsPerBlock * HeadBlock.rowCount + HeadBlock.scale) * channelsPerBlock
      let scale = Float(bitPattern: UInt32(bitPattern: integer(row + channel % channelsPerBlock, layer)))
      return scale * units / Float(inputScale(input))
    }
    return reals(codes, of: original, scales: scales, inputFactors(input)).convolution
  }

  /// Returns the convolution with the numbers that codes stand for, and how many of them are those nearest to its weights.
  private func reals(
    _ codes: [Int8], of original: Convolution, scales: [Float], _ inputFactors: [Float]
  ) -> (convolution: Convolution, nearestCount: Int) {
    var convolution = original
    var nearestCount = 0
    let depth = original.weights.count / original.outputChannels
    let groupInputs = original.inputChannels / original.groups
    let groupOutputs = original.outputChannels / original.groups
    for channel in 0..<original.outputChannels {
      let firstInput = channel / groupOutputs * groupInputs
      for place in 0..<depth {
        let index = channel * depth + place
        let factor = inputFactors[firstInput + place % groupInputs]
        convolution.weights[index] = Float(codes[index]) * scales[channel] / factor
        let nearest = (original.weights[index] * factor / scales[channel]).rounded(.toNearestOrEven)
        if max(-127, min(127, nearest)) == Float(codes[index]) { nearestCount += 1 }
      }
    }
    return (convolution, nearestCount)
  }
}
