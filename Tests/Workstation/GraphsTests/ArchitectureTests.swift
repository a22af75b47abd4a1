import Checkpoints
import Graphs
import TestSupport
import Testing

@Suite struct ArchitectureTests {
  /// Describes a layer, as in "conv1 0 3>64 k7 s2 p3": its name, input tensor, channels, kernel, stride and padding.
  /// What only some layers have follows: dilation (d), groups (g), the shortcut (+) and "linear" for no ReLU.
  private func describe(_ layer: Layer) -> String {
    var text = "\(layer.name) \(layer.input)"
    switch layer.operation {
    case .convolution(let c, let shortcut, let relu):
      text += " \(c.inputChannels)>\(c.outputChannels) k\(c.kernelHeight) s\(c.stride) p\(c.padding)"
      if c.dilation > 1 { text += " d\(c.dilation)" }
      if c.groups > 1 { text += " g\(c.groups)" }
      switch shortcut {
      case .identity(let tensor): text += " +\(tensor)"
      case .projection(let tensor, let p): text += " +\(tensor) \(p.inputChannels)>\(p.outputChannels) s\(p.stride)"
      case nil: break
      }
      if !relu { text += " linear" }
    case .maxPool(let kernel, let stride, let padding): text += " k\(kernel) s\(stride) p\(padding)"
    case .averagePool(let size): text += " k\(size)"
    case .globalMaxPool, .globalAveragePool: break
    case .fullyConnected(_, _, let inputs, let outputs): text += " \(inputs)>\(outputs)"
    }
    return text
  }

  private func convolutions(_ graph: Graph, _ suffix: String) -> [Convolution] {
    graph.layers.compactMap { layer in
      guard case .convolution(let convolution, _, _) = layer.operation, layer.name.hasSuffix(suffix) else { return nil }
      return convolution
    }
  }

  @Test func torchvisionBottleneck() throws {
    let graph = try Graph(recognizing: SyntheticCheckpoint.bottleneck([2, 1], groups: 2).checkpoint)
    #expect(graph.name == "ResNet (bottleneck 2-1)")
    #expect(graph.inputChannels == 3)
    #expect(
      graph.layers.map(describe) == [
        "conv1 0 3>8 k7 s2 p3", "maxpool 1 k3 s2 p1",
        "layer1.0.conv1 2 8>4 k1 s1 p0", "layer1.0.conv2 3 4>4 k3 s1 p1 g2",
        "layer1.0.conv3 4 4>16 k1 s1 p0 +2 8>16 s1",
        "layer1.1.conv1 5 16>4 k1 s1 p0", "layer1.1.conv2 6 4>4 k3 s1 p1 g2", "layer1.1.conv3 7 4>16 k1 s1 p0 +5",
        "layer2.0.conv1 8 16>8 k1 s1 p0", "layer2.0.conv2 9 8>8 k3 s2 p1 g2",
        "layer2.0.conv3 10 8>32 k1 s1 p0 +8 16>32 s2", "avgpool 11", "fc 12 32>10",
      ])
  }

  @Test func strideIn1x1() throws {
    let graph = try Graph(
      recognizing: SyntheticCheckpoint.bottleneck([1, 1, 1, 1]).checkpoint, options: .init(strideIn1x1: true))
    #expect(convolutions(graph, ".0.conv1").map(\.stride) == [1, 2, 2, 2])
    #expect(convolutions(graph, ".0.conv2").map(\.stride) == [1, 1, 1, 1])
  }

  /// The expected values are those of torchvision's resnet50(replace_stride_with_dilation=[False, True, True]).
  @Test func dilatedStages() throws {
    let graph = try Graph(
      recognizing: SyntheticCheckpoint.bottleneck([1, 2, 2, 2]).checkpoint, options: .init(dilatedStages: [3, 4]))
    let inner = convolutions(graph, ".conv2")
    #expect(inner.map(\.stride) == [1, 2, 1, 1, 1, 1, 1])
    #expect(inner.map(\.dilation) == [1, 1, 1, 1, 2, 2, 4])
    #expect(inner.map(\.padding) == inner.map(\.dilation))
  }

  @Test func cifarOptionA() throws {
    let graph = try Graph(recognizing: SyntheticCheckpoint.cifar(depth: 3, shortcut: nil).checkpoint)
    #expect(graph.name == "CIFAR ResNet-20 (option A)")
    #expect(describe(graph.layers[0]) == "conv1 0 3>4 k3 s1 p1")
    #expect(describe(graph.layers[7]) == "layer2.0.conv1 7 4>8 k3 s2 p1")
    #expect(describe(graph.layers[8]) == "layer2.0.conv2 8 8>8 k3 s1 p1 +7 4>8 s2")
    guard case .convolution(_, .projection(_, let slice)?, _) = graph.layers[8].operation else {
      Issue.record("no projection")
      return
    }
    // Output channels 2 to 5 are input channels 0 to 3.
    var expected = [Float](repeating: 0, count: 32)
    for i in 0..<4 { expected[(2 + i) * 4 + i] = 1 }
    #expect(slice.weights == expected)
    #expect(slice.bias == [Float](repeating: 0, count: 8))
  }

  @Test(arguments: ["shortcut", "downsample"])
  func cifarOptionB(_ shortcut: String) throws {
    let graph = try Graph(recognizing: SyntheticCheckpoint.cifar(depth: 1, shortcut: shortcut, head: "fc").checkpoint)
    #expect(graph.name == "CIFAR ResNet-8 (option B)")
    #expect(describe(graph.layers[4]) == "layer2.0.conv2 4 8>8 k3 s1 p1 +3 4>8 s2")
    #expect(describe(graph.layers.last!) == "fc 8 16>10")
  }

  @Test func plain() throws {
    let graph = try Graph(
      recognizing: SyntheticCheckpoint.cifar(depth: 1, shortcut: nil).checkpoint, options: .init(shortcuts: false))
    #expect(graph.name == "CIFAR plain-8")
    #expect(describe(graph.layers[4]) == "layer2.0.conv2 4 8>8 k3 s1 p1")
  }

  @Test(arguments: [3, 4, 7])
  func labml(_ kernel: Int) throws {
    let graph = try Graph(recognizing: SyntheticCheckpoint.labml(kernel: kernel).checkpoint)
    #expect(graph.name == "labml ResNetBase (basic 3)")
    #expect(graph.inputChannels == 1)
    #expect(
      graph.layers.map(describe) == [
        "conv 0 1>4 k\(kernel) s2 p\(kernel / 2) linear",
        "blocks.0.conv1 1 4>4 k3 s2 p1", "blocks.0.conv2 2 4>4 k3 s1 p1 +1 4>4 s2",
        "blocks.1.conv1 3 4>4 k3 s1 p1", "blocks.1.conv2 4 4>4 k3 s1 p1 +3",
        "blocks.2.conv1 5 4>8 k3 s1 p1", "blocks.2.conv2 6 8>8 k3 s1 p1 +5 4>8 s1", "avgpool 7",
      ])
  }

  @Test func withoutHead() throws {
    var synthetic = SyntheticCheckpoint.bottleneck([1, 1])
    synthetic.tensors["fc.weight"] = nil
    synthetic.tensors["fc.bias"] = nil
    #expect(describe(try Graph(recognizing: synthetic.checkpoint).layers.last!) == "avgpool 8")
  }

  @Test(
    arguments: [
      ([1, 1], "layer1.0.bn2.running_var", nil, "missing 1 tensor (layer1.0.bn2.running_var)"),
      ([1, 1], "attention.weight", [3, 4], "left over 1 tensor (attention.weight [3, 4])"),
      ([1, 1], "layer4.0.conv1.weight", [3, 4], "left over 1 tensor (layer4.0.conv1.weight [3, 4])"),
      ([1, 1], "layer2.0.conv1.weight", [8, 15, 1, 1], "has shape [8, 15, 1, 1], expected [outputs, 16, 1, 1]"),
      ([1, 1], "layer2.0.conv2.weight", [8, 3, 3, 3], "expected [outputs, 8 / groups, 3, 3]"),
      ([1, 1], "layer1.0.bn1.bias", [5], "has shape [5], expected [4]"),
      ([1, 1], "conv1.weight", [8, 3, 7], "expected 4 dimensions"),
      ([1, 1], "conv1.weight", [8, 5, 7, 7], "expected [channels, 3 or 1, kernel, kernel]"),
      ([1, 1], "layer2.0.conv2.weight", [8, 0, 3, 3], "none of them 0"),
      ([1, 1], "fc.weight", [10, 31], "expected [classes, 32]"),
      ([1, 1], "layer2.0.downsample.0.weight", [30, 16, 1, 1], "expected [30]"),
      ([], "layer1.0.conv1.weight", nil, "unknown architecture: no layer1.0.conv1.weight, no resnet"),
    ] as [([Int], String, [Int]?, String)])
  func refusals(_ depths: [Int], _ name: String, _ shape: [Int]?, _ problem: String) throws {
    var synthetic = SyntheticCheckpoint.bottleneck(depths)
    synthetic.tensors[name] = nil
    if let shape { synthetic.add(name, shape) }
    let error = try #require(throws: ArchitectureError.self) { try Graph(recognizing: synthetic.checkpoint) }
    #expect(error.problem.contains(problem), "\(error)")
    #expect(error.description.hasPrefix("synthetic.pth: "))
  }

  @Test func missingShortcutIsNotOptionA() throws {
    var synthetic = SyntheticCheckpoint.cifar(depth: 1, shortcut: "shortcut")
    for name in synthetic.tensors.keys where name.hasPrefix("layer3.0.shortcut") { synthetic.tensors[name] = nil }
    let error = try #require(throws: ArchitectureError.self) { try Graph(recognizing: synthetic.checkpoint) }
    #expect(error.problem.hasPrefix("missing the shortcut's weights (layer3.0."))
  }

  @Test(arguments: [
    ArchitectureOptions(strideIn1x1: true), ArchitectureOptions(dilatedStages: [2]),
    ArchitectureOptions(shortcuts: false),
  ])
  func optionsThatDoNotApply(_ options: ArchitectureOptions) throws {
    let checkpoint = SyntheticCheckpoint.cifar(depth: 1, shortcut: "shortcut").checkpoint
    #expect(throws: ArchitectureError.self) { try Graph(recognizing: checkpoint, options: options) }
  }

  @Test func foldsBatchNorm() throws {
    var synthetic = SyntheticCheckpoint.labml(kernel: 1)
    // The factor gamma / sqrt(variance + 1e-5) is 3 / 2 for gamma 3 and variance 4 - 1e-5, and 0 for gamma 0.
    synthetic.tensors["conv.weight"] = Tensor(shape: [4, 1, 1, 1], values: [2, 5, 2, 1])
    synthetic.tensors["conv.bias"] = Tensor(shape: [4], values: [1, 1, 0, 0])
    synthetic.tensors["bn.weight"] = Tensor(shape: [4], values: [3, 0, -3, 1])
    synthetic.tensors["bn.bias"] = Tensor(shape: [4], values: [0.25, -7, 0, 0])
    synthetic.tensors["bn.running_mean"] = Tensor(shape: [4], values: [0.5, 9, 2, 0])
    synthetic.tensors["bn.running_var"] = Tensor(shape: [4], values: [3.99999, 3, 3.99999, 0])
    let stem = try #require(convolutions(try Graph(recognizing: synthetic.checkpoint), "conv").first)
    let weights: [Float] = [3, 0, -3, 316.22777]
    let bias: [Float] = [1, -7, 3, 0]  // (1 - 0.5) * 1.5 + 0.25
    for i in 0..<4 {
      #expect(abs(stem.weights[i] - weights[i]) <= 1e-6 * abs(weights[i]))
      #expect(abs(stem.bias[i] - bias[i]) <= 1e-6)
    }
    synthetic.tensors["bn.running_var"] = Tensor(shape: [4], values: [1, 1, 1, -0.5])
    let error = try #require(throws: ArchitectureError.self) { try Graph(recognizing: synthetic.checkpoint) }
    #expect(error.problem.contains("bn.running_var[3] is -0.5"))
  }

  @Test func weightsBecomeOHWI() throws {
    var synthetic = SyntheticCheckpoint.cifar(depth: 1, shortcut: nil)
    synthetic.tensors["conv1.weight"] = Tensor(shape: [4, 3, 3, 3], values: (0..<108).map(Float.init))
    let stem = try #require(convolutions(try Graph(recognizing: synthetic.checkpoint), "conv1").first)
    let scale = Float(1 / (1 + 1e-5).squareRoot())
    // The weight of output 1, row 2, column 0, channel 2 is PyTorch's [1, 2, 2, 0].
    #expect(abs(stem.weights[((1 * 3 + 2) * 3 + 0) * 3 + 2] - Float(27 + 18 + 6) * scale) < 1e-4)
  }
}
