import Checkpoints
import Graphs
import TestSupport
import Testing

/// Tests what is said of a network, told about it, and refused where it cannot be known.
@Suite struct ReadingTests {
  private func graph(_ synthetic: SyntheticCheckpoint, _ options: ArchitectureOptions = .init()) throws -> Graph {
    try Graph(recognizing: synthetic.checkpoint, options: options)
  }

  private func reading(_ synthetic: SyntheticCheckpoint, _ options: ArchitectureOptions = .init()) throws -> String {
    try #require(try graph(synthetic, options).reading).description
  }

  private func refusal(_ synthetic: SyntheticCheckpoint, _ options: ArchitectureOptions = .init()) throws -> String {
    try #require(throws: ArchitectureError.self) { try graph(synthetic, options) }.problem
  }

  /// A network of torchvision's names with another first kernel.
  private func stem(_ kernel: Int, stages: Int) -> SyntheticCheckpoint {
    var synthetic = SyntheticCheckpoint.bottleneck(Array(repeating: 1, count: stages))
    synthetic.add("conv1.weight", [8, 3, kernel, kernel])
    return synthetic
  }

  private func stemStride(_ graph: Graph) -> Int? {
    guard case .convolution(let convolution, _, _)? = graph.layers.first?.operation else { return nil }
    return convolution.stride
  }

  private func hasMaxPool(_ graph: Graph) -> Bool { graph.layers.contains { $0.name == "maxpool" } }

  // MARK: What is assumed and told

  @Test func assumptions() throws {
    #expect(
      try reading(stem(7, stages: 4))
        == "ResNet (bottleneck 1-1-1-1) by torchvision's names; assumed: stem stride 2, max pool, ReLU, "
        + "batch norm epsilon 1e-05, stride in the 3x3, average pool before the head")
    #expect(
      try reading(SyntheticCheckpoint.cifar(depth: 1, shortcut: nil))
        == "CIFAR ResNet-8 (option A) by kuangliu's names; assumed: stem stride 1, no max pool, ReLU, "
        + "batch norm epsilon 1e-05, shortcuts, average pool before the head")
    #expect(
      try reading(SyntheticCheckpoint.labml(kernel: 5))
        == "labml ResNetBase (basic 3) by labml's names, no classifier: the pooled features; assumed: stem stride 2, "
        + "no max pool, first stage's stride 2, ReLU, batch norm epsilon 1e-05, average pool before the head")
  }

  @Test func whatIsToldCountsMoreThanWhatIsConfigured() throws {
    let told = ArchitectureOptions(stemStride: 1, maxPool: false, batchNormEpsilon: 0.001, strideIn1x1: true)
    let configured = ArchitectureOptions(stemStride: 2, activation: .relu, headPooling: .max)
    let graph = try Graph(recognizing: stem(7, stages: 4).checkpoint, options: told, configured: configured)
    #expect(
      graph.reading!.description
        == "ResNet (bottleneck 1-1-1-1) by torchvision's names; told: stem stride 1, no max pool, "
        + "batch norm epsilon 0.001, stride in the 1x1; configured: ReLU, max pool before the head")
    #expect(stemStride(graph) == 1 && !hasMaxPool(graph))
    #expect(graph.layers.suffix(3).map(\.name) == ["headpool", "avgpool", "fc"])
    let shapes = try graph.shapes(inputHeight: 64, inputWidth: 32)
    #expect(shapes[shapes.count - 4].description == "8x4x128")
    #expect(shapes[shapes.count - 3].description == "1x1x128")
  }

  @Test func epsilonIsFolded() throws {
    let graph = try graph(stem(7, stages: 1), .init(batchNormEpsilon: 3))
    guard case .convolution(let stem, _, _) = graph.layers[0].operation else {
      Issue.record("no stem")
      return
    }
    #expect(stem.bias.allSatisfy { $0 == 0.5 })  // (0 - 1) x 1 / sqrt(1 + 3) + 1
  }

  /// A 3x3 stem before four stages is as common with its max pool as without, and no other kernel but 7x7 is common.
  @Test(arguments: [
    (
      3, ArchitectureOptions(),
      "of 4 stages with a stem of 3x3 differ in what its tensors do not tell; give --max-pool or"
    ),
    (3, ArchitectureOptions(stemStride: 2), "; give --max-pool or --no-max-pool"),
    (5, ArchitectureOptions(), "; give --stem-stride and --max-pool or --no-max-pool"),
    (5, ArchitectureOptions(maxPool: true), "; give --stem-stride"),
  ])
  func severalReadings(_ kernel: Int, _ options: ArchitectureOptions, _ problem: String) throws {
    #expect(try refusal(stem(kernel, stages: 4), options).contains(problem))
  }

  @Test(arguments: [(3, 2, true), (3, 1, false), (5, 1, true), (5, 2, false), (7, 1, false), (7, 2, true)])
  func stemsAsTold(_ kernel: Int, _ stride: Int, _ maxPool: Bool) throws {
    let graph = try graph(stem(kernel, stages: 4), .init(stemStride: stride, maxPool: maxPool))
    #expect(stemStride(graph) == stride)
    #expect(hasMaxPool(graph) == maxPool)
  }

  @Test func smallStem() throws {
    #expect(try graph(SyntheticCheckpoint.cifar(depth: 1, shortcut: nil)).reading!.hasSmallStem)
    #expect(try !graph(stem(7, stages: 2)).reading!.hasSmallStem)
  }

  // MARK: Other names

  @Test func prefix() throws {
    let plain = SyntheticCheckpoint.bottleneck([1, 1])
    var prefixed = SyntheticCheckpoint()
    for (name, tensor) in plain.tensors { prefixed.tensors["module.backbone.\(name)"] = tensor }
    let graph = try graph(prefixed)
    #expect(graph.layers.map(\.name) == (try self.graph(plain)).layers.map(\.name))
    #expect(
      graph.reading!.description.hasPrefix("ResNet (bottleneck 1-1) by torchvision's names under module.backbone.;"))
  }

  @Test func huggingFace() throws {
    var synthetic = SyntheticCheckpoint()
    synthetic.unit(
      "resnet.embedder.embedder.convolution", "resnet.embedder.embedder.normalization", [4, 3, 7, 7])
    for (stage, channels) in [4, 8].enumerated() {
      let block = "resnet.encoder.stages.\(stage).layers.0"
      let inputs = stage == 0 ? 4 : 4
      for (i, shape) in [[channels, inputs, 3, 3], [channels, channels, 3, 3]].enumerated() {
        synthetic.unit("\(block).layer.\(i).convolution", "\(block).layer.\(i).normalization", shape)
      }
      if stage == 1 {
        synthetic.unit("\(block).shortcut.convolution", "\(block).shortcut.normalization", [8, 4, 1, 1])
      }
    }
    synthetic.add("classifier.1.weight", [10, 8])
    synthetic.add("classifier.1.bias", [10])
    let graph = try graph(synthetic)
    #expect(
      graph.reading!.description.hasPrefix("ResNet (basic 1-1) by Hugging Face's names; assumed: stem stride 2, "))
    #expect(graph.layers.count == 8)
    #expect(graph.layers.last!.name == "classifier.1")

    // ResNetModel has neither the prefix nor the head.
    var model = SyntheticCheckpoint()
    for (name, tensor) in synthetic.tensors where name.hasPrefix("resnet.") {
      model.tensors[String(name.dropFirst("resnet.".count))] = tensor
    }
    #expect(try reading(model).contains("by Hugging Face's names, no classifier: the pooled features"))
  }

  @Test func weiaicunzai() throws {
    var synthetic = SyntheticCheckpoint()
    synthetic.unit("conv1.0", "conv1.1", [4, 3, 3, 3])
    let block = "conv2_x.0.residual_function"
    synthetic.unit("\(block).0", "\(block).1", [4, 4, 3, 3])
    synthetic.unit("\(block).3", "\(block).4", [4, 4, 3, 3])
    synthetic.add("fc.weight", [10, 4])
    #expect(
      try reading(synthetic).hasPrefix("CIFAR ResNet-4 (option A) by weiaicunzai's names; assumed: stem stride 1, no"))
  }

  /// timm's resnet26d and the like: three convolutions in the stem, and an average pool before a shortcut's convolution.
  @Test func deepStemAndAveragePools() throws {
    var synthetic = SyntheticCheckpoint.bottleneck([1, 1])
    for name in synthetic.tensors.keys where name.hasPrefix("conv1.") || name.hasPrefix("layer2.0.downsample") {
      synthetic.tensors[name] = nil
    }
    synthetic.unit("conv1.0", "conv1.1", [4, 3, 3, 3])
    synthetic.unit("conv1.3", "conv1.4", [6, 4, 3, 3])
    synthetic.add("conv1.6.weight", [8, 6, 3, 3])
    synthetic.unit("layer2.0.downsample.1", "layer2.0.downsample.2", [32, 16, 1, 1])
    synthetic.add("layer2.0.downsample.1.weight", [32, 16, 1, 1], 4)
    let graph = try graph(synthetic)
    #expect(graph.layers.prefix(4).map(\.name) == ["conv1.0", "conv1.3", "conv1.6", "maxpool"])
    #expect(
      graph.reading!.description.contains("names, average pools in the shortcuts; assumed: stem stride 2, max pool"))
    #expect(graph.layers.contains { $0.name == "layer2.0.downsample.0" })

    let fused = try graph.fusingAveragePools(inputHeight: 32, inputWidth: 64)
    #expect(!fused.layers.contains { $0.name == "layer2.0.downsample.0" })
    let projection = try #require(self.projection(of: fused))
    #expect((projection.kernelHeight, projection.kernelWidth, projection.stride, projection.padding) == (2, 2, 2, 0))
    let scale = 1 / Float(1 + 1e-5).squareRoot()
    #expect(projection.weights.allSatisfy { abs($0 - scale) < 1e-6 })  // a quarter of 4, for each of the 4 pixels

    // Where a side is odd, the pool's last windows reach past it.
    for (height, width, shape) in [(36, 32, (5, 4)), (32, 36, (4, 5))] {
      let odd = try graph.fusingAveragePools(inputHeight: height, inputWidth: width)
      #expect(odd.layers.count == graph.layers.count)
      #expect(self.projection(of: odd)?.kernelHeight == 1)
      let shapes = try odd.shapes(inputHeight: height, inputWidth: width)
      #expect(shapes.contains(TensorShape(height: shape.0, width: shape.1, channels: 32)))
    }
  }

  /// The shortcut's convolution of the second stage.
  private func projection(of graph: Graph) -> Convolution? {
    guard
      case .convolution(_, .projection(_, let projection)?, _)? = graph.layers.first(where: {
        $0.name == "layer2.0.conv3"
      })?
      .operation
    else { return nil }
    return projection
  }

  @Test func foldedBatchNorms() throws {
    var synthetic = SyntheticCheckpoint.bottleneck([1, 1])
    for name in synthetic.tensors.keys where name.contains("bn") || name.contains("downsample.1.") {
      synthetic.tensors[name] = nil
    }
    for (name, tensor) in synthetic.tensors where name.hasSuffix(".weight") && tensor.shape.count == 4 {
      synthetic.add("\(name.dropLast("weight".count))bias", [tensor.shape[0]], 7)
    }
    let graph = try graph(synthetic)
    #expect(
      graph.reading!.description
        == "ResNet (bottleneck 1-1) by torchvision's names, batch norms folded; assumed: stem stride 2, max pool, ReLU, "
        + "stride in the 3x3, average pool before the head")
    guard case .convolution(let stem, _, _) = graph.layers[0].operation else {
      Issue.record("no stem")
      return
    }
    #expect(stem.bias.allSatisfy { $0 == 7 })
  }

  // MARK: Heads, and what lies beside

  @Test func headInASequential() throws {
    var synthetic = SyntheticCheckpoint.bottleneck([1])
    for part in ["weight", "bias"] {
      synthetic.tensors["fc.1.\(part)"] = synthetic.tensors.removeValue(forKey: "fc.\(part)")
    }
    #expect(try graph(synthetic).layers.last!.name == "fc.1")
    synthetic.add("fc.3.weight", [10, 10])
    #expect(try refusal(synthetic).contains("a classifier of 2 tensors (fc.1.weight [10, 16], fc.3.weight [10, 10])"))
    let graph = try graph(synthetic, .init(features: true))
    #expect(graph.layers.last!.name == "avgpool")
    #expect(graph.reading!.description.contains("by torchvision's names, the pooled features; assumed"))
  }

  @Test func tensorsBesideTheNetwork() throws {
    var synthetic = SyntheticCheckpoint.bottleneck([1])
    synthetic.add("mean", [3])
    synthetic.add("criterion.weight", [10])
    #expect(try graph(synthetic).reading!.beside == ["criterion.weight", "mean"])
    for (name, shape) in [("layer1.0.se.fc1.bias", [4]), ("head.weight", [4, 4]), ("bn1.scale", [1])] {
      var other = synthetic
      other.add(name, shape)
      #expect(
        try refusal(other).hasPrefix("not torchvision's network of 1 stages: left over 1 tensor (\(name) \(shape))"))
    }
  }

  @Test func aHeadElsewhereIsNotLeftOut() throws {
    var synthetic = SyntheticCheckpoint()
    for (name, tensor) in SyntheticCheckpoint.bottleneck([1]).tensors {
      synthetic.tensors[name.hasPrefix("fc") ? name : "backbone.\(name)"] = tensor
    }
    #expect(
      try refusal(synthetic).contains(
        "no classifier, and beside it 1 tensor (fc.weight [10, 16]); bring the classifier to"))
    #expect(try graph(synthetic, .init(features: true)).reading!.beside == ["fc.bias", "fc.weight"])
  }
}
