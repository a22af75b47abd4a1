import FloatRuntime
import Graphs
import Quantization
import TestSupport
import Testing

/// Tests what is refused before calibration: numbers and sizes that a model file, or this machine's memory, cannot hold.
@Suite struct RequirementsTests {
  private func convolution(_ inputs: Int, _ outputs: Int, kernel: Int = 1, groups: Int = 1, value: Float = 0)
    -> Convolution
  {
    Convolution(
      weights: [Float](repeating: value, count: outputs * kernel * kernel * (inputs / groups)),
      bias: [Float](repeating: 0, count: outputs), inputChannels: inputs, outputChannels: outputs, kernelHeight: kernel,
      kernelWidth: kernel, padding: kernel / 2, groups: groups)
  }

  private func graph(_ convolutions: [Convolution], outputs: Int? = nil) -> Graph {
    var layers = convolutions.enumerated().map {
      Layer(name: "layer \($0)", input: $0, operation: .convolution($1, shortcut: nil, relu: true))
    }
    layers.append(Layer(name: "average", input: layers.count, operation: .globalAveragePool))
    if let outputs {
      let inputs = convolutions.last!.outputChannels
      layers.append(
        Layer(
          name: "classifier", input: layers.count,
          operation: .fullyConnected(
            weights: [Float](repeating: 0, count: inputs * outputs), bias: [Float](repeating: 0, count: outputs),
            inputs: inputs, outputs: outputs)))
    }
    return Graph(name: "network", inputChannels: convolutions[0].inputChannels, layers: layers)
  }

  /// Returns the reason why a graph is refused; nil where it is taken.
  private func refusal(of graph: Graph, height: Int = 1, width: Int = 1) throws -> String? {
    let shapes = try graph.shapes(inputHeight: height, inputWidth: width)
    do {
      try Quantizer.check(graph, shapes: shapes, residualBits: .eight)
      return nil
    } catch {
      return "\(error)"
    }
  }

  // MARK: Numbers

  @Test func largestWeights() throws {
    let limit = Quantizer.largestMagnitude
    let remedy = "beyond 1.2676506e+30; use another checkpoint"
    for weight in [limit, -limit] {
      #expect(try refusal(of: graph([convolution(1, 1), convolution(1, 1, value: weight)])) == nil)
    }
    for (weight, name) in [(limit.nextUp, "1.2676508e+30"), (-3e38, "-3e+38"), (.nan, "nan"), (.infinity, "inf")] {
      let large = convolution(1, 1, value: weight)
      #expect(
        try refusal(of: graph([convolution(1, 1), large])) == "layer 1 has a weight of \(name), \(remedy)")
      var biased = convolution(1, 1)
      biased.bias = [weight]
      #expect(try refusal(of: graph([biased])) == "layer 0 has a bias of \(name), \(remedy)")
      let block = Graph(
        name: "network", inputChannels: 1,
        layers: [
          Layer(name: "first", input: 0, operation: .convolution(convolution(1, 1), shortcut: nil, relu: true)),
          Layer(
            name: "block", input: 1,
            operation: .convolution(convolution(1, 1), shortcut: .projection(tensor: 1, large), relu: true)),
          Layer(name: "average", input: 2, operation: .globalAveragePool),
          Layer(
            name: "fc", input: 3,
            operation: .fullyConnected(weights: [weight], bias: [0], inputs: 1, outputs: 1)),
        ])
      #expect(try refusal(of: block) == "block's shortcut has a weight of \(name), \(remedy)")
      let classifier = Graph(
        name: "network", inputChannels: 1,
        layers: [
          block.layers[0], Layer(name: "average", input: 1, operation: .globalAveragePool),
          Layer(name: "fc", input: 2, operation: block.layers[3].operation),
        ])
      #expect(try refusal(of: classifier) == "fc has a weight of \(name), \(remedy)")
    }
  }

  private func bytes(_ graph: Graph, scales: [Float]) throws -> [UInt8] {
    try Quantizer(
      graph: graph, preparation: .square(1), normalization: Normalization(mean: [0], std: [1]),
      quantizationParameters: scales.map { QuantizationParameters(scale: $0, zeroPoint: 0) }
    ).quantize()
  }

  /// The weight scale is the output's scale times a factor over the input's.
  @Test func rangesTooDifferent() throws {
    let network = graph([convolution(1, 1, value: 1), convolution(1, 1, value: 1)])
    _ = try bytes(network, scales: [1, 1e-3, 1e3, 1])
    for (input, output) in [(1e30, 1e-30), (1e-37, 1e16)] as [(Float, Float)] {
      let error = try #require(throws: QuantizationError.self) {
        try bytes(network, scales: [1, input, output, 1])
      }
      #expect(
        error.description
          == "layer 1: the ranges of its input and its output are too different for 8 bits; use another checkpoint")
    }
  }

  @Test func headScalesAreFinite() throws {
    let network = Graph(
      name: "network", inputChannels: 1,
      layers: [
        Layer(name: "first", input: 0, operation: .convolution(convolution(1, 1), shortcut: nil, relu: true)),
        Layer(name: "average", input: 1, operation: .globalAveragePool),
        Layer(
          name: "fc", input: 2, operation: .fullyConnected(weights: [1e30], bias: [0], inputs: 1, outputs: 1)),
      ])
    _ = try bytes(network, scales: [1, 1, 1, 1])
    let error = try #require(throws: QuantizationError.self) { try bytes(network, scales: [1, 1e20, 1, 1]) }
    #expect(error.description.hasPrefix("average: a scale or a bias of the classifier after it is not finite; use"))
  }

  // MARK: Sizes

  @Test func counts() throws {
    #expect(try refusal(of: graph([convolution(1, 1 << 16)])) == nil)
    #expect(
      try refusal(of: graph([convolution(1, 65_537)]))
        == "layer 0 has 65537 channels, more than 65536; use another checkpoint")
    #expect(try refusal(of: graph([convolution(1, 1)], outputs: 1 << 20)) == nil)
    #expect(
      try refusal(of: graph([convolution(1, 1)], outputs: (1 << 20) + 1))
        == "classifier has 1048577 outputs, more than 1048576; use another checkpoint")
    #expect(try refusal(of: graph([convolution(1, 1, kernel: 1023)])) == nil)
    #expect(
      try refusal(of: graph([convolution(1, 1, kernel: 1025)]))
        == "layer 0 has a kernel of 1025 pixels, more than 1024; use another checkpoint")
  }

  /// 273 x 241 pixels are as many as the head can add up, 134 x 491 one more.
  @Test func pooledPixels() throws {
    let network = graph([convolution(1, 1)])
    #expect(try refusal(of: network, height: 273, width: 241) == nil)
    #expect(
      try refusal(of: network, height: 134, width: 491)
        == "an input of 134x491 is too large for network: average gets 134x491 pixels, more than 65793; "
        + "choose a smaller input size")
  }

  /// Tensors of 4096 x 4096 x 16 bytes fit in a model's gibibyte, those of 8192 x 4160 do not.
  @Test func tensorBytes() throws {
    let network = Graph(
      name: "network", inputChannels: 1,
      layers: [
        Layer(name: "first", input: 0, operation: .convolution(convolution(1, 16), shortcut: nil, relu: true)),
        Layer(name: "second", input: 1, operation: .convolution(convolution(16, 16), shortcut: nil, relu: true)),
        Layer(name: "pool", input: 2, operation: .maxPool(kernel: 64, stride: 64, padding: 0)),
        Layer(name: "average", input: 3, operation: .globalAveragePool),
      ])
    #expect(try refusal(of: network, height: 4096, width: 4096) == nil)
    #expect(
      try refusal(of: network, height: 8192, width: 4160)
        == "an input of 8192x4160 is too large for network: its tensors take more than 1073741824 bytes; "
        + "choose a smaller input size")
    let error = try #require(throws: GraphError.self) {
      try FloatNetwork(
        network, inputHeight: 65_536, inputWidth: 65_536, normalization: Normalization(mean: [0], std: [1]))
    }
    #expect(error.description.hasPrefix("an input of 65536x65536 is too large for network: its float tensors take "))
  }

  // MARK: Groups

  @Test func packingBudget() throws {
    var budget = PackingBudget()
    try budget.take(convolution(10, 10), packed: 400 + 67_108_864, name: "a")
    #expect(throws: GraphError.self) { try budget.take(convolution(10, 10), packed: 401, name: "b") }
    budget = PackingBudget()
    try budget.take(convolution(10, 10), packed: 67_108_864, name: "a")
    try budget.take(convolution(10, 10), packed: 800, name: "b")
    let error = try #require(throws: GraphError.self) { try budget.take(convolution(1, 1), packed: 5, name: "c") }
    #expect(
      error.description
        == "c: 1 channels in 1 groups to 1 channels have 1 weights, and 5.0 as they are packed, which is "
        + "too much; use another checkpoint")
  }

  /// 720 kB of weights, whose groups cannot be merged into blocks, would be 14 GB when they are dense.
  @Test func groupsMadeDense() throws {
    let network = graph([convolution(1, 20_001), convolution(20_001, 20_001, kernel: 3, groups: 20_001)])
    let normalization = Normalization(mean: [0], std: [1])
    let error = try #require(throws: GraphError.self) {
      try FloatNetwork(network, inputHeight: 1, inputWidth: 1, normalization: normalization)
    }
    #expect(
      error.description.hasPrefix("layer 1: 20001 channels in 20001 groups to 20001 channels have 180009 weights"))
    #expect(try refusal(of: network)?.hasPrefix("layer 1: 20001 channels in 20001 groups") == true)
    // These groups are whole blocks for the float kernels. In a model a group's inputs are a multiple of 4.
    let uneven = graph([convolution(1, 4_095), convolution(4_095, 65_520, kernel: 3, groups: 4_095)])
    #expect(try refusal(of: uneven)?.hasPrefix("layer 1: 4095 channels in 4095 groups") == true)
    let merged = graph([convolution(1, 20_000), convolution(20_000, 20_000, kernel: 3, groups: 20_000)])
    _ = try FloatNetwork(merged, inputHeight: 1, inputWidth: 1, normalization: normalization)
    #expect(try refusal(of: merged) == nil)
  }

  @Test(arguments: [0, -1, 1e-38, 0.00009, 10_001, .nan, .infinity] as [Float])
  func standardDeviations(std: Float) throws {
    let network = graph([convolution(1, 1)])
    #expect(throws: GraphError.self) {
      try FloatNetwork(network, inputHeight: 1, inputWidth: 1, normalization: Normalization(mean: [0], std: [std]))
    }
    #expect(throws: GraphError.self) {
      try FloatNetwork(network, inputHeight: 1, inputWidth: 1, normalization: Normalization(mean: [1.1], std: [1]))
    }
  }
}
