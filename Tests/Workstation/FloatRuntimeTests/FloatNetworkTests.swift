import FloatRuntime
import Graphs
import TestSupport
import Testing

@Suite struct FloatNetworkTests {
  /// Returns the largest difference over all tensors, relative to the largest magnitude in its tensor.
  private func difference(_ graph: Graph, size: Int, _ instructions: FloatNetwork.Instructions) throws -> Double {
    let normalization = Normalization(
      mean: (0..<graph.inputChannels).map { 0.4 + 0.1 * Float($0 % 3) },
      std: (0..<graph.inputChannels).map { 0.2 + 0.1 * Float($0 % 2) })
    let network = try FloatNetwork(
      graph, inputHeight: size, inputWidth: size, normalization: normalization, instructions: instructions)
    var random = SeededGenerator(state: 1)
    let workspace = network.makeWorkspace()
    var worst = 0.0
    // There are two images, since what one leaves behind must not affect the next.
    for _ in 0..<2 {
      let pixels = random.bytes(network.shapes[0].count)
      let expected = oracle(graph, shapes: network.shapes, pixels: pixels, normalization)
      _ = pixels.withUnsafeBufferPointer {
        network.run($0, workspace: workspace) { tensor, view in
          let largest = expected[tensor].map(abs).max()!
          for (actual, expected) in zip(view.values, expected[tensor]) {
            worst = max(worst, abs(Double(actual) - expected) / max(largest, 1e-6))
          }
        }
      }
    }
    return worst
  }

  @Test(arguments: FloatNetwork.Instructions.available, ConvolutionCase.all)
  func convolution(_ instructions: FloatNetwork.Instructions, _ shape: ConvolutionCase) throws {
    var random = SeededGenerator(state: 7)
    let first = random.convolution(2, shape.inputs, kernel: 1)
    let second = random.convolution(
      shape.inputs, shape.outputs, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation, groups: shape.groups)
    let graph = Graph(
      name: "test", inputChannels: 2,
      layers: [
        Layer(name: "first", input: 0, operation: .convolution(first, shortcut: nil, relu: false)),
        Layer(name: "second", input: 1, operation: .convolution(second, shortcut: nil, relu: true)),
      ])
    #expect(try difference(graph, size: shape.size, instructions) < 1e-5)
  }

  @Test(arguments: FloatNetwork.Instructions.available)
  func residualNetwork(_ instructions: FloatNetwork.Instructions) throws {
    var random = SeededGenerator(state: 3)
    let graph = residualGraph(&random)
    #expect(try difference(graph, size: 33, instructions) < 1e-5)
  }

  /// At a size that the pool divides, its fusion with the projection changes the logits by rounding alone.
  @Test func fusedAveragePool() throws {
    var random = SeededGenerator(state: 3)
    let graph = residualGraph(&random)
    let fused = try graph.fusingAveragePools(inputHeight: 32, inputWidth: 32)
    #expect(fused.layers.count == graph.layers.count - 1)
    let networks = try [graph, fused].map { try FloatNetwork($0, inputHeight: 32, inputWidth: 32) }
    let pixels = random.bytes(networks[0].shapes[0].count)
    let (logits, others) = (networks[0].run(pixels), networks[1].run(pixels))
    let largest = logits.map(abs).max()!
    #expect(zip(logits, others).allSatisfy { abs($0 - $1) < 1e-5 * largest })
    #expect(try graph.fusingAveragePools(inputHeight: 33, inputWidth: 33).layers.count == graph.layers.count)
  }

  @Test func namesAnInputThatIsTooSmall() throws {
    var random = SeededGenerator(state: 3)
    let convolution = random.convolution(3, 8, kernel: 7, padding: 0)
    let graph = Graph(
      name: "tiny", inputChannels: 3,
      layers: [Layer(name: "stem", input: 0, operation: .convolution(convolution, shortcut: nil, relu: true))])
    #expect(try graph.shapes(inputHeight: 7, inputWidth: 8)[1] == TensorShape(height: 1, width: 2, channels: 8))
    let error = try #require(throws: GraphError.self) { try graph.shapes(inputHeight: 6, inputWidth: 9) }
    #expect(error.description.contains("6x9 is too small for tiny: stem gets 6x9x3 and needs at least 7x9"))
  }

  @Test func refusesMeansOfOtherChannels() {
    #expect(throws: GraphError.self) {
      try FloatNetwork(Graph(name: "grey", inputChannels: 1, layers: []), inputHeight: 8, inputWidth: 8)
    }
  }
}
