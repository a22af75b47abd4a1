import Analysis
import Evaluation
import FloatRuntime
import Foundation
import Graphs
import Quantization
import TestSupport
import Testing

@Suite struct AnalysisTests {
  private static let size = 33

  private static func images(_ count: Int, seed: UInt64 = 7) -> [[UInt8]] {
    var random = SeededGenerator(state: seed)
    return (0..<count).map { _ in random.bytes(size * size * 3) }
  }

  private static func network(
    _ graph: Graph, rounding: Rounding = .errorSpreading, residualBits: ResidualBits = .sixteen
  ) throws -> QuantizedNetwork {
    try QuantizedNetwork(
      graph, height: size, width: size, normalization: .imageNet, calibration: images(20), rounding: rounding,
      residualBits: residualBits)
  }

  private static func graph(seed: UInt64 = 1) -> Graph {
    var random = SeededGenerator(state: seed)
    return residualGraph(&random)
  }

  /// One pixel and one channel, whose logit is what its code stands for. The range ends at a byte of 200, so that a byte is
  /// 255 / 200 codes: 10, 77, 150 and 250 are 12.75, 98.175, 191.25 and 318.75, and become 13, 98, 191 and 255.
  @Test func byHand() throws {
    let identity = Convolution(
      weights: [1], bias: [0], inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1)
    let graph = Graph(
      name: "identity", inputChannels: 1,
      layers: [
        Layer(name: "identity", input: 0, operation: .convolution(identity, shortcut: nil, relu: true)),
        Layer(name: "average", input: 1, operation: .globalAveragePool),
      ])
    let network = try QuantizedNetwork(
      graph, height: 1, width: 1, normalization: Normalization(mean: [0], std: [1]), calibration: [[0], [200]],
      method: .minMax, rounding: .nearest, residualBits: .eight)
    let analysis = try Analysis(network.model, float: network.float, images: [[10], [77], [150], [250]])

    let squares = [12.75, 98.175, 191.25, 318.75].map { $0 * $0 }.reduce(0, +)
    let (rounding, clipping) = (0.25 * 0.25 + 0.175 * 0.175 + 0.25 * 0.25, 63.75 * 63.75)
    let expected = 10 * log10(squares / (rounding + clipping))
    #expect(analysis.layers.map(\.name) == ["identity", "average"])
    let layer = analysis.layers[0]
    #expect(abs(layer.togetherDecibels! - expected) < 1e-3)
    #expect(abs(layer.aloneDecibels! - expected) < 1e-3)
    #expect(abs(analysis.layers[1].togetherDecibels! - expected) < 1e-3)
    #expect(analysis.layers[1].aloneDecibels == nil)
    // Only this layer is before the logits, and nothing amplifies or averages.
    #expect(abs(layer.sensitivity!) < 1e-3)
    #expect(layer.clippedCount == 1)
    #expect(layer.values!.count == 4 && layer.values!.codedRange.low == 0)
    #expect(abs(layer.values!.codedRange.high - 200 / 255) < 1e-6)
    #expect(layer.shares!.clipping > 0.999 && layer.shares!.rounding < 1e-3 && layer.shares!.rounding > 1e-6)
    #expect(analysis.share(of: layer) == 1 && analysis.worst(3) == [0])
  }

  /// Where nothing is quantized but one layer, alone and together are the same.
  @Test func logitsAreThoseOfBothNetworks() throws {
    let network = try Self.network(Self.graph())
    let images = Self.images(9, seed: 3)
    let analysis = try Analysis(network.model, float: network.float, images: images)
    #expect(analysis.floatLogits.isIdentical(to: network.floatLogits(images)))
    #expect(analysis.int8Logits.isIdentical(to: try network.int8Logits(images)))
    var sums = EvaluationSums()
    for (int8, float) in zip(analysis.int8Logits, analysis.floatLogits) {
      sums.add(int8: int8, float: float, classIndex: nil)
    }
    #expect(abs(analysis.layers.last!.togetherDecibels! - sums.signalToNoise) < 1e-9)
  }

  /// The layers' errors hardly know of each other: their noise adds up to that of the model.
  @Test(arguments: [ResidualBits.eight, .sixteen])
  func noiseAddsUp(_ residualBits: ResidualBits) throws {
    let network = try Self.network(Self.graph(), residualBits: residualBits)
    let analysis = try Analysis(network.model, float: network.float, images: Self.images(16, seed: 3))
    #expect(abs(analysis.addedUpDecibels - analysis.layers.last!.togetherDecibels!) < 1.5)
    #expect(abs(analysis.layers.reduce(0) { $0 + analysis.share(of: $1) } - 1) < 1e-9)
    // A max pool adds nothing.
    #expect(analysis.layers.map { $0.aloneDecibels == nil } == [false, true, false, false, false, false, false])
    #expect(analysis.layers.allSatisfy { (20...60).contains($0.togetherDecibels!) })
  }

  /// Shortcuts and the head read remainders, which leave less noise at the logits; the codes have as much.
  @Test func remaindersCountForTheirReaders() throws {
    func sum(_ residualBits: ResidualBits) throws -> LayerAnalysis {
      let network = try Self.network(Self.graph(), residualBits: residualBits)
      return try Analysis(network.model, float: network.float, images: Self.images(4, seed: 3)).layers[5]
    }
    let (eight, sixteen) = (try sum(.eight), try sum(.sixteen))
    #expect(eight.name == "b" && !eight.values!.hasRemainders && sixteen.values!.hasRemainders)
    #expect(sixteen.aloneDecibels! > eight.aloneDecibels! + 3)
    #expect(sixteen.togetherDecibels! > eight.togetherDecibels!)
  }

  /// A stem whose rows go to a max pool as they are made, with remainders, since a shortcut reads what the pool makes.
  @Test func aStreamedStem() throws {
    var random = SeededGenerator(state: 4)
    let graph = Graph(
      name: "stem", inputChannels: 3,
      layers: [
        Layer(
          name: "stem", input: 0,
          operation: .convolution(random.convolution(3, 16, kernel: 3), shortcut: nil, relu: true)),
        Layer(name: "pool", input: 1, operation: .maxPool(kernel: 3, stride: 2, padding: 1)),
        Layer(
          name: "a", input: 2, operation: .convolution(random.convolution(16, 16, kernel: 3), shortcut: nil, relu: true)
        ),
        Layer(
          name: "b", input: 3,
          operation: .convolution(random.convolution(16, 16, kernel: 3), shortcut: .identity(tensor: 2), relu: true)),
        Layer(name: "average", input: 4, operation: .globalAveragePool),
      ])
    let size = 64
    let images = (0..<12).map { _ in random.bytes(size * size * 3) }
    let network = try QuantizedNetwork(
      graph, height: size, width: size, normalization: .imageNet, calibration: Array(images.prefix(8)))
    let analysis = try Analysis(network.model, float: network.float, images: images)
    let (stem, pool) = (analysis.layers[0], analysis.layers[1])
    #expect(stem.togetherDecibels == nil && pool.togetherDecibels! > 20)
    // The pool rounds to codes what the stem hands on whole.
    #expect(stem.shares!.rounding < 0.1 && pool.shares!.rounding > 0.5 && pool.shares!.weights == 0)
    // With its remainders, its output is closer to float's than its codes are.
    #expect(pool.values!.hasRemainders && pool.togetherDecibels! > pool.aloneDecibels! + pool.sensitivity! + 1)
  }

  /// The first layer reads the image as it is, so that only its own roundings are in its output, and that of the code that
  /// pads the image.
  @Test func theFirstLayerTogetherIsAlone() throws {
    let network = try Self.network(Self.graph(), rounding: .nearest)
    let stem = try Analysis(network.model, float: network.float, images: Self.images(4, seed: 3)).layers[0]
    #expect(abs(stem.togetherDecibels! - (stem.aloneDecibels! + stem.sensitivity!)) < 1)
  }

  /// The logits are means of a convolution's output, of which the quantizer leaves the rounded weights' error out by a bias.
  @Test func biasesAreCorrectedAloneToo() throws {
    var random = SeededGenerator(state: 6)
    let graph = Graph(
      name: "means", inputChannels: 3,
      layers: [
        Layer(
          name: "convolution", input: 0,
          operation: .convolution(random.convolution(3, 16, kernel: 3), shortcut: nil, relu: false)),
        Layer(name: "average", input: 1, operation: .globalAveragePool),
      ])
    let images = Self.images(12)
    let network = try QuantizedNetwork(
      graph, height: Self.size, width: Self.size, normalization: .imageNet, calibration: images)
    let analysis = try Analysis(network.model, float: network.float, images: images)
    // Without a correction there are 15 dB between them.
    #expect(abs(analysis.layers[0].aloneDecibels! - analysis.layers[1].togetherDecibels!) < 8)
  }

  @Test func theResultIsTheSameOnEveryRun() throws {
    let network = try Self.network(Self.graph())
    let images = Self.images(7, seed: 3)
    let (one, other) = (
      try Analysis(network.model, float: network.float, images: images),
      try Analysis(network.model, float: network.float, images: images)
    )
    #expect(one.layers.map(\.aloneDecibels) == other.layers.map(\.aloneDecibels))
    #expect(one.layers.map(\.togetherDecibels) == other.layers.map(\.togetherDecibels))
    #expect(one.layers.map { $0.shares?.weights } == other.layers.map { $0.shares?.weights })
    #expect(one.layers.compactMap { $0.values?.histogram } == other.layers.compactMap { $0.values?.histogram })
  }

  // MARK: Refusals

  @Test func anotherNetwork() throws {
    let network = try Self.network(Self.graph())
    let graph = Self.graph()
    let shorter = Graph(
      name: "shorter", inputChannels: 3,
      layers: Array(graph.layers.prefix(5)) + [Layer(name: "average", input: 5, operation: .globalAveragePool)])
    let float = try FloatNetwork(shorter, inputHeight: Self.size, inputWidth: Self.size)
    let error = try #require(throws: EvaluationError.self) {
      try Analysis(network.model, float: float, images: Self.images(1))
    }
    #expect(error.description.hasPrefix("residual: its layers are not those of shorter as it was read; give "))
  }

  @Test func otherWeights() throws {
    let network = try Self.network(Self.graph())
    let float = try FloatNetwork(Self.graph(seed: 2), inputHeight: Self.size, inputWidth: Self.size)
    let error = try #require(throws: EvaluationError.self) {
      try Analysis(network.model, float: float, images: Self.images(1))
    }
    #expect(
      error.description == "residual: its weights are not those of this checkpoint, in the same network; give the "
        + "checkpoint the model was made from")
  }

  @Test func numbersThatAreNotFinite() throws {
    var graph = Self.graph()
    let network = try Self.network(graph)
    var layers = graph.layers
    guard case .convolution(var convolution, let shortcut, let relu) = layers[3].operation else { return }
    convolution.bias[0] = .infinity
    layers[3] = Layer(name: "a1", input: 2, operation: .convolution(convolution, shortcut: shortcut, relu: relu))
    graph = Graph(name: graph.name, inputChannels: 3, layers: layers)
    let float = try FloatNetwork(graph, inputHeight: Self.size, inputWidth: Self.size)
    let error = try #require(throws: EvaluationError.self) {
      try Analysis(network.model, float: float, images: Self.images(1))
    }
    #expect(error.description.hasPrefix("a1: makes numbers that are not finite in the float network; give "))
  }
}
