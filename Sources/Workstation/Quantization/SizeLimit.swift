import ModelFormat

extension Quantizer {
  /// Throws where average pooling gets more pixels than the head can sum: before calibration, since large
  /// inputs take long.
  ///
  /// - Parameter shapes: of the graph's tensors, the input first.
  public static func checkSize(_ shapes: [TensorShape], of graph: Graph) throws {
    let limit = ((1 << (8 * HeadBlock.sumPlanes)) - 1) / 255
    for layer in graph.layers {
      guard case .globalAveragePool = layer.operation else { continue }
      let pooled = shapes[layer.input]
      guard pooled.height * pooled.width <= limit else {
        throw QuantizationError(
          "an input of \(shapes[0].height)x\(shapes[0].width) is too large for \(graph.name): \(layer.name) gets "
            + "\(pooled.height)x\(pooled.width) pixels, more than \(limit); choose a smaller input size")
      }
    }
  }
}
