import Graphs
import ModelFormat

extension Graph {
  /// The classifier, as a 1x1 convolution of the pooled features; nil where these are the output.
  package var classifier: Convolution? {
    guard case .fullyConnected(let weights, let bias, let inputs, let outputs)? = layers.last?.operation else {
      return nil
    }
    return Convolution(
      weights: weights, bias: bias, inputChannels: inputs, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
  }

  /// Returns the multiply-accumulates that one image takes.
  package func multiplyAccumulates(_ shapes: [TensorShape]) -> Int {
    zip(layers, shapes.dropFirst()).reduce(projectionMultiplyAccumulates(shapes)) { sum, layer in
      let pixels = layer.1.height * layer.1.width
      switch layer.0.operation {
      case .convolution(let convolution, _, _): return sum + convolution.multiplyAccumulatesPerPixel * pixels
      case .fullyConnected(_, _, let inputs, let outputs): return sum + inputs * outputs
      case .maxPool, .averagePool, .globalMaxPool, .globalAveragePool: return sum
      }
    }
  }

  /// Returns the multiply-accumulates of the projection shortcuts.
  func projectionMultiplyAccumulates(_ shapes: [TensorShape]) -> Int {
    zip(layers, shapes.dropFirst()).reduce(0) { sum, layer in
      guard case .convolution(_, .projection(_, let projection)?, _) = layer.0.operation else { return sum }
      return sum + projection.multiplyAccumulatesPerPixel * layer.1.height * layer.1.width
    }
  }

  /// Returns the layers that a model file has, which are all but the classifier: the head contains it.
  func plannedLayers(_ shapes: [TensorShape]) -> [ModelFile.PlannedLayer] {
    layers.indices.compactMap { plannedLayer($0, shapes) }
  }

  /// Whether a model's layers and tensors are this graph's, wherever its weights lie.
  package func isPlan(of model: Model, shapes: [TensorShape]) -> Bool {
    let planned = plannedLayers(shapes)
    guard planned.count == Int(model.header.layerCount), planned.count + 1 == Int(model.header.tensorCount) else {
      return false
    }
    return planned.indices.allSatisfy { index in
      let (shape, tensor) = (shapes[index], model.tensor(UInt32(index)))
      return planned[index].record.withoutPlaces == model.layer(index).withoutPlaces
        && [Int(tensor.height), Int(tensor.width), Int(tensor.channels)]
          == [shape.height, shape.width, TensorLayout.storedChannels(shape, tensor: index)]
    }
  }

  private func plannedLayer(_ index: Int, _ shapes: [TensorShape]) -> ModelFile.PlannedLayer? {
    let layer = layers[index]
    let input = shapes[layer.input]
    func planned(_ kind: UInt32, _ window: WindowRecord) -> ModelFile.PlannedLayer {
      ModelFile.PlannedLayer(
        record: LayerRecord(kind: kind, input: UInt32(layer.input), output: UInt32(index + 1), window: window),
        name: layer.name)
    }
    func stored(_ tensor: Int) -> Int { TensorLayout.storedChannels(shapes[tensor], tensor: tensor) }
    func blocks(_ channels: Int) -> Int { (channels + channelsPerBlock - 1) / channelsPerBlock }
    switch layer.operation {
    case .convolution(let convolution, let shortcut, _):
      var plan = planned(
        LayerKind.convolution, PackedWeights.window(convolution, storedInputs: stored(layer.input)))
      plan.weightCount = PackedWeights.byteCount(convolution, storedInputs: stored(layer.input))
      switch shortcut {
      case .identity(let tensor):
        plan.record.shortcutKind = ShortcutKind.identity
        plan.record.shortcut = UInt32(tensor)
      case .projection(let tensor, let projection):
        plan.record.shortcutKind = ShortcutKind.projection
        plan.record.shortcut = UInt32(tensor)
        plan.record.projection = PackedWeights.window(projection, storedInputs: stored(tensor))
        plan.projectionWeightCount = PackedWeights.byteCount(projection, storedInputs: stored(tensor))
      case nil: break
      }
      plan.parameterCount =
        blocks(convolution.outputChannels) * channelsPerBlock
        * ParameterBlock.rowCount(shortcutKind: plan.record.shortcutKind)
      return plan
    case .maxPool(let kernel, let stride, let padding):
      return planned(
        LayerKind.maxPool,
        WindowRecord(
          kernelHeight: UInt32(kernel), kernelWidth: UInt32(kernel), stride: UInt32(stride), padding: UInt32(padding)))
    case .averagePool(let size):
      return planned(
        LayerKind.averagePool,
        WindowRecord(kernelHeight: UInt32(size), kernelWidth: UInt32(size), stride: UInt32(size)))
    case .globalMaxPool:
      return planned(
        LayerKind.maxPool, WindowRecord(kernelHeight: UInt32(input.height), kernelWidth: UInt32(input.width)))
    case .globalAveragePool:
      var plan = planned(LayerKind.head, .none)
      if let classifier {
        plan.record.window = PackedWeights.window(classifier, storedInputs: stored(layer.input))
        plan.weightCount = PackedWeights.byteCount(classifier, storedInputs: stored(layer.input))
      }
      plan.parameterCount = blocks(shapes.last!.channels) * channelsPerBlock * HeadBlock.rowCount
      return plan
    case .fullyConnected: return nil
    }
  }
}

extension LayerRecord {
  /// The bytes of the record, but for where the parameters and the weights lie.
  fileprivate var withoutPlaces: [UInt8] {
    var record = self
    (record.parameters, record.window.weights, record.projection.weights) = (0, 0, 0)
    return withUnsafeBytes(of: record) { Array($0) }
  }
}
