import FloatRuntime
import Graphs
import ModelFormat

/// What a network must fulfil to be quantized.
extension Quantizer {
  /// The largest magnitude of a weight, a bias, or a value between layers: about 1.3e30. Below it scales, their ratios
  /// and their products stay far from the ends of Double, and of Float where the kernels need them.
  public static let largestMagnitude: Float = 0x1p100

  /// Throws where a model file cannot hold the network's numbers, or its tensors for this input size. Tools call it before
  /// calibration, which may take long.
  ///
  /// - Parameter shapes: the shapes of the graph's tensors, the input first.
  public static func check(_ graph: Graph, shapes: [TensorShape], residualBits: ResidualBits) throws {
    var budget = PackingBudget()
    func check(_ convolution: Convolution, reading tensor: Int, name: String) throws {
      try Self.check(convolution.weights, convolution.bias, name: name)
      try Self.check(convolution.outputChannels, atMost: 1 << 16, "\(name) has", "channels")
      try Self.check(
        max(convolution.kernelHeight, convolution.kernelWidth), atMost: 1 << 10, "\(name) has a kernel of", "pixels")
      let stored = TensorLayout.storedChannels(shapes[tensor], tensor: tensor)
      let packed = PackedWeights.byteCount(convolution, storedInputs: stored)
      try budget.take(convolution, packed: Double(packed), name: name)
    }
    for (layer, output) in zip(graph.layers, shapes.dropFirst()) {
      switch layer.operation {
      case .convolution(let convolution, let shortcut, _):
        try check(convolution, reading: layer.input, name: layer.name)
        if case .projection(let tensor, let projection) = shortcut {
          try check(projection, reading: tensor, name: "\(layer.name)'s shortcut")
        }
      case .fullyConnected(let weights, let bias, _, _):
        try Self.check(weights, bias, name: layer.name)
        try Self.check(output.channels, atMost: 1 << 20, "\(layer.name) has", "outputs")
      case .globalAveragePool:
        // The head adds up a channel's codes in planes of bytes.
        let pooled = shapes[layer.input]
        let limit = HeadBlock.pixelLimit(hasRemainders: false)
        guard pooled.height * pooled.width <= limit else {
          throw QuantizationError(
            "an input of \(shapes[0].height)x\(shapes[0].width) is too large for \(graph.name): \(layer.name) gets "
              + "\(pooled.height)x\(pooled.width) pixels, more than \(limit); choose a smaller input size")
        }
      case .globalMaxPool:
        let pooled = shapes[layer.input]
        try Self.check(max(pooled.height, pooled.width), atMost: 1 << 10, "\(layer.name) has a kernel of", "pixels")
      case .maxPool, .averagePool: break
      }
    }
    _ = try TensorLayout(graph, shapes: shapes, residualBits)
  }

  private static let remedy = "use another checkpoint"
  private static let remedyOfValues = "\(remedy), or the mean and std that it was trained with"

  private static func check(_ weights: [Float], _ bias: [Float], name: String) throws(QuantizationError) {
    for (numbers, kind) in [(weights, "weight"), (bias, "bias")] {
      // Written so that NaN is found too.
      guard let number = numbers.first(where: { !($0.magnitude <= largestMagnitude) }) else { continue }
      throw QuantizationError("\(name) has a \(kind) of \(number), beyond \(largestMagnitude); \(remedy)")
    }
  }

  private static func check(
    _ count: Int, atMost limit: Int, _ subject: String, _ unit: String
  ) throws(QuantizationError) {
    guard count <= limit else { throw QuantizationError("\(subject) \(count) \(unit), more than \(limit); \(remedy)") }
  }

  /// Throws where a layer made values that are not finite, or too large to be coded.
  static func check(_ range: (low: Float, high: Float), name: String) throws(QuantizationError) {
    guard range.low.isFinite, range.high.isFinite else {
      throw QuantizationError("\(name) made values that are not finite; \(remedyOfValues)")
    }
    let largest = max(abs(range.low), abs(range.high))
    guard largest <= largestMagnitude else {
      throw QuantizationError(
        "\(name) made values of up to \(largest), beyond \(largestMagnitude); \(remedyOfValues)")
    }
  }
}
