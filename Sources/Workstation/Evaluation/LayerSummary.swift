import ModelFormat

/// The description of a model's layer, in words for people.
public struct LayerSummary: Sendable {
  public let name: String
  /// The operation in short, such as "3x3 /2 + projection".
  public let operation: String
  /// The input's height x width x channels, as stored.
  public let input: String
  /// The output's height x width x channels, as stored. For the head it is the number of its outputs alone.
  public let output: String
  /// The multiply-accumulates of one image, those of a projection included. They are counted as the model stores them,
  /// which may be more than the network itself has: merged groups have zero weights between them, and channels are
  /// rounded up to a multiple of 16.
  public let multiplyAccumulates: Int
}

extension Int8Model {
  public var layerSummaries: [LayerSummary] { zip(layers, layerNames).map(summary) }

  private func summary(_ layer: LayerRecord, _ name: String) -> LayerSummary {
    let (input, output) = (tensors[Int(layer.input)], tensors[Int(layer.output)])
    switch layer.kind {
    case LayerKind.convolution:
      var operation = layer.window.summary
      var depth = layer.window.depth(channels: input.channels)
      switch layer.shortcutKind {
      case ShortcutKind.identity: operation += " + shortcut"
      case ShortcutKind.projection:
        operation += " + projection"
        depth += layer.projection.depth(channels: tensors[Int(layer.shortcut)].channels)
      default: break
      }
      return LayerSummary(
        name: name, operation: operation, input: input.shape, output: output.shape,
        multiplyAccumulates: Int(output.height * output.width * output.channels) * depth)
    case LayerKind.maxPool, LayerKind.averagePool:
      let pool = layer.kind == LayerKind.maxPool ? "max pool " : "average pool "
      return LayerSummary(
        name: name, operation: pool + layer.window.summary, input: input.shape, output: output.shape,
        multiplyAccumulates: 0)
    case LayerKind.head:
      let hasWeights = layer.window.weights != 0
      return LayerSummary(
        name: name, operation: hasWeights ? "average pool, classifier" : "average pool", input: input.shape,
        output: "\(header.classCount)",
        multiplyAccumulates: hasWeights ? Int(input.channels * header.classCount) : 0)
    default: preconditionFailure("a layer kind that Validation.swift let through")
    }
  }
}

extension WindowRecord {
  /// The window in short, such as "3x3 /2 groups 32".
  public var summary: String {
    "\(kernelHeight)x\(kernelWidth)" + (stride > 1 ? " /\(stride)" : "")
      + (dilation > 1 ? " dilation \(dilation)" : "") + (groups > 1 ? " groups \(groups)" : "")
  }

  /// The number of products that are summed for one output.
  fileprivate func depth(channels: UInt32) -> Int { Int(kernelHeight * kernelWidth * (channels / groups)) }
}

extension TensorRecord {
  fileprivate var shape: String { "\(height)x\(width)x\(channels)" }
}
