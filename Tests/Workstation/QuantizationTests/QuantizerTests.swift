import FloatRuntime
import Graphs
import Quantization
import TestSupport
import Testing

/// Tests that convolutions of every kind keep their meaning. A weight in a wrong place would leave only a few decibels.
@Suite struct QuantizerTests {
  private static let size = 12

  private func images(_ channels: Int) -> [[UInt8]] {
    var random = SeededGenerator(state: 11)
    return (0..<24).map { _ in random.bytes(Self.size * Self.size * channels) }
  }

  /// Quantizes a convolution between another one and a head, so that it reads and writes codes.
  private func quantized(_ shape: ConvolutionCase, shortcut: Bool, relu: Bool) throws -> QuantizedNetwork {
    var random = SeededGenerator(state: 7)
    let first = random.convolution(2, shape.inputs, kernel: 3)
    let convolution = random.convolution(
      shape.inputs, shape.outputs, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation, groups: shape.groups)
    let projection = random.convolution(shape.inputs, shape.outputs, kernel: 1, stride: shape.stride)
    let graph = Graph(
      name: "\(shape)", inputChannels: 2,
      layers: [
        Layer(name: "first", input: 0, operation: .convolution(first, shortcut: nil, relu: relu)),
        Layer(
          name: "second", input: 1,
          operation: .convolution(
            convolution, shortcut: shortcut ? .projection(tensor: 1, projection) : nil, relu: relu)),
        Layer(name: "average", input: 2, operation: .globalAveragePool),
        Layer(
          name: "fc", input: 3,
          operation: .fullyConnected(
            weights: random.floats(shape.outputs * 20, within: 1), bias: random.floats(20, within: 0.1),
            inputs: shape.outputs, outputs: 20)),
      ])
    return try QuantizedNetwork(
      graph, height: Self.size, width: Self.size, normalization: Normalization(mean: [0.4, 0.6], std: [0.2, 0.3]),
      calibration: images(2))
  }

  @Test(arguments: ConvolutionCase.all + ConvolutionCase.odd, [true, false])
  func convolution(_ shape: ConvolutionCase, relu: Bool) throws {
    // A 1x1 shortcut gives an output of the convolution's size where the kernel is odd and the padding is half of it.
    let shortcut = shape.groups == 1 && shape.kernel % 2 == 1 && shape.padding == nil
    let network = try quantized(shape, shortcut: shortcut, relu: relu)
    let images = images(2)
    let int8 = try network.int8Logits(images)
    let comparison = LogitComparison(int8, reference: network.floatLogits(images))
    #expect(comparison.signalToNoise >= 30)
    #expect(try network.int8Logits(images, kernels: "portable").isIdentical(to: int8))
  }

  /// One block of the graph has a single convolution, which reads the tensor that the shortcut adds. That tensor must
  /// not be overwritten while it is read.
  @Test func residualGraphKeepsItsMeaning() throws {
    var random = SeededGenerator(state: 5)
    let graph = residualGraph(&random)
    let images = (0..<24).map { _ in random.bytes(33 * 33 * 3) }
    let network = try QuantizedNetwork(
      graph, height: 33, width: 33, normalization: .imageNet, calibration: images)
    #expect(LogitComparison(try network.int8Logits(images), reference: network.floatLogits(images)).signalToNoise >= 30)
  }

  /// Weight decay can leave a channel with weights so small that no scale is a normal number. Such weights count as 0.
  @Test(arguments: [0, .leastNonzeroMagnitude, .leastNormalMagnitude / 64, 1e-30] as [Float])
  func vanishingChannels(_ factor: Float) throws {
    var random = SeededGenerator(state: 6)
    var graph = residualGraph(&random)
    graph = Graph(
      name: graph.name, inputChannels: 3,
      layers: graph.layers.map { layer in
        guard case .convolution(var convolution, var shortcut, let relu) = layer.operation else { return layer }
        func shrink(_ convolution: inout Convolution) {
          for index in 0..<convolution.weights.count / convolution.outputChannels {
            convolution.weights[index] *= factor
          }
          convolution.bias[0] *= factor
        }
        shrink(&convolution)
        if case .projection(let tensor, var projection) = shortcut {
          shrink(&projection)
          shortcut = .projection(tensor: tensor, projection)
        }
        return Layer(
          name: layer.name, input: layer.input, operation: .convolution(convolution, shortcut: shortcut, relu: relu))
      })
    let images = (0..<24).map { _ in random.bytes(33 * 33 * 3) }
    let network = try QuantizedNetwork(graph, height: 33, width: 33, normalization: .imageNet, calibration: images)
    #expect(LogitComparison(try network.int8Logits(images), reference: network.floatLogits(images)).signalToNoise >= 30)
  }

  @Test func refusesAShortcutBeyondItsOutput() throws {
    var random = SeededGenerator(state: 8)
    let graph = residualGraph(&random)
    // The scale of the block's output is 5e-10 times the scale of its shortcut.
    var parameters = [QuantizationParameters](repeating: QuantizationParameters(scale: 0.02, zeroPoint: 0), count: 9)
    parameters[6] = QuantizationParameters(scale: 1e-11, zeroPoint: 0)
    let quantizer = Quantizer(
      graph: graph, preparation: .square(33), normalization: .imageNet, quantizationParameters: parameters)
    let error = try #require(throws: QuantizationError.self) { try quantizer.quantize() }
    #expect(error.description.hasPrefix("b: what its shortcut adds is over "))
  }

  @Test func sameInputGivesTheSameBytes() throws {
    let shape = ConvolutionCase(inputs: 20, outputs: 33)
    let bytes = try quantized(shape, shortcut: true, relu: true).bytes
    for _ in 0..<3 { #expect(try quantized(shape, shortcut: true, relu: true).bytes == bytes) }
  }

  @Test func refusesLabelsOfOtherClasses() throws {
    let network = try quantized(ConvolutionCase(), shortcut: false, relu: true)
    let quantizer = Quantizer(
      graph: network.float.graph, preparation: .square(Self.size),
      normalization: Normalization(mean: [0.4, 0.6], std: [0.2, 0.3]),
      quantizationParameters: .init(repeating: QuantizationParameters(scale: 1, zeroPoint: 0), count: 5),
      labels: ["cat", "dog"])
    let error = try #require(throws: QuantizationError.self) { try quantizer.quantize() }
    #expect(error.description == "2 labels do not fit a network of 20 classes")
  }
}

extension ConvolutionCase {
  /// Cases whose groups are all merged into one, merged by fours, or not merged at all. Some are dilated.
  fileprivate static let odd = [
    ConvolutionCase(inputs: 36, outputs: 36, dilation: 2, groups: 3),
    ConvolutionCase(inputs: 64, outputs: 64, groups: 16),
    ConvolutionCase(inputs: 64, outputs: 128, stride: 2, dilation: 2, groups: 8),
    ConvolutionCase(inputs: 10, outputs: 30, groups: 5),
  ]
}
