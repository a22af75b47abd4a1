import Quantization
import Testing

/// One convolution as it may stand in a network.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  var inputs = 16
  var outputs = 16
  var kernel = 3
  var stride = 1
  var dilation = 1
  var groups = 1
  var size = 7
  var padding: Int?

  var testDescription: String {
    "\(size)x\(size)x\(inputs) to \(outputs), kernel \(kernel), stride \(stride), dilation \(dilation), groups \(groups)"
  }

  /// Channels below, at and above the 16 of a vector and the 64 of a tile; pixels that fill tiles of 6 and that do not.
  static let all: [ConvolutionCase] =
    [1, 3, 15, 16, 17, 64, 70].flatMap { channels in
      [
        ConvolutionCase(inputs: channels, outputs: 16), ConvolutionCase(inputs: 16, outputs: channels),
        ConvolutionCase(inputs: channels, outputs: channels, kernel: 1, size: 6),
      ]
    }
    + [1, 2, 3].flatMap { stride in
      [1, 2, 3, 5, 7].map { ConvolutionCase(inputs: 5, outputs: 33, kernel: $0, stride: stride, size: 12) }
    } + [
      ConvolutionCase(dilation: 2), ConvolutionCase(inputs: 20, outputs: 20, stride: 2, dilation: 3, size: 11),
      ConvolutionCase(padding: 0), ConvolutionCase(padding: 4), ConvolutionCase(kernel: 1, size: 1),
      ConvolutionCase(inputs: 64, outputs: 80, kernel: 1, size: 2), ConvolutionCase(outputs: 144, size: 5),
      // ResNeXt's 4, 8 and 16 channels a group; groups that do not come out even; depth-wise.
      ConvolutionCase(inputs: 128, outputs: 128, groups: 32), ConvolutionCase(inputs: 64, outputs: 64, groups: 8),
      ConvolutionCase(inputs: 64, outputs: 64, groups: 4), ConvolutionCase(inputs: 128, outputs: 128, groups: 2),
      ConvolutionCase(inputs: 6, outputs: 9, groups: 3), ConvolutionCase(inputs: 48, outputs: 96, groups: 6),
      ConvolutionCase(inputs: 40, outputs: 40, stride: 2, groups: 40),
      ConvolutionCase(inputs: 32, outputs: 32, dilation: 2, groups: 32),
    ]
}

@Suite struct FloatNetworkTests {
  /// The worst difference over all tensors, relative to the largest number of its tensor.
  private func difference(_ graph: Graph, size: Int, _ instructions: FloatNetwork.Instructions) throws -> Double {
    let normalization = Normalization(
      mean: (0..<graph.inputChannels).map { 0.4 + 0.1 * Float($0 % 3) },
      std: (0..<graph.inputChannels).map { 0.2 + 0.1 * Float($0 % 2) })
    let network = try FloatNetwork(
      graph, inputHeight: size, inputWidth: size, normalization: normalization, instructions: instructions)
    var random = SeededGenerator(state: 1)
    let workspace = network.makeWorkspace()
    var worst = 0.0
    // Twice, for what an image leaves behind must not reach the next.
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

  @Test func namesAnInputThatIsTooSmall() throws {
    var random = SeededGenerator(state: 3)
    let convolution = random.convolution(3, 8, kernel: 7, padding: 0)
    let graph = Graph(
      name: "tiny", inputChannels: 3,
      layers: [Layer(name: "stem", input: 0, operation: .convolution(convolution, shortcut: nil, relu: true))])
    #expect(try graph.shapes(inputHeight: 7, inputWidth: 8)[1] == TensorShape(height: 1, width: 2, channels: 8))
    let error = try #require(throws: QuantizationError.self) { try graph.shapes(inputHeight: 6, inputWidth: 9) }
    #expect(error.description.contains("6x9 is too small for tiny: stem gets 6x9x3 and needs at least 7x9"))
  }

  @Test func refusesMeansOfOtherChannels() {
    #expect(throws: QuantizationError.self) {
      try FloatNetwork(Graph(name: "grey", inputChannels: 1, layers: []), inputHeight: 8, inputWidth: 8)
    }
  }
}

/// Stem, max pool, a block with a projection, one without, a head: every operation, odd sizes.
func residualGraph(_ random: inout SeededGenerator) -> Graph {
  Graph(
    name: "residual", inputChannels: 3,
    layers: [
      Layer(
        name: "stem", input: 0,
        operation: .convolution(random.convolution(3, 20, kernel: 7, stride: 2), shortcut: nil, relu: true)),
      Layer(name: "pool", input: 1, operation: .maxPool(kernel: 3, stride: 2, padding: 1)),
      Layer(
        name: "a1", input: 2,
        operation: .convolution(random.convolution(20, 36, kernel: 3, stride: 2), shortcut: nil, relu: true)),
      Layer(
        name: "a2", input: 3,
        operation: .convolution(
          random.convolution(36, 36, kernel: 3),
          shortcut: .projection(tensor: 2, random.convolution(20, 36, kernel: 1, stride: 2)), relu: false)),
      Layer(
        name: "b", input: 4,
        operation: .convolution(random.convolution(36, 36, kernel: 3), shortcut: .identity(tensor: 4), relu: true)),
      Layer(name: "average", input: 5, operation: .globalAveragePool),
      Layer(
        name: "fc", input: 6,
        operation: .fullyConnected(
          weights: random.floats(36 * 10, within: 0.3), bias: random.floats(10, within: 0.3), inputs: 36, outputs: 10)),
    ])
}
