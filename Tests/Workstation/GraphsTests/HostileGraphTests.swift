import Checkpoints
import Graphs
import TestSupport
import Testing

/// Tensors that fit together and ask for more than a network does.
@Suite struct HostileGraphTests {
  private func refusal(of synthetic: SyntheticCheckpoint, _ options: ArchitectureOptions = .init()) throws -> String {
    try #require(throws: ArchitectureError.self) {
      try Graph(recognizing: synthetic.checkpoint, options: options)
    }.description
  }

  /// Returns a CIFAR ResNet of one block with option A, whose first convolution has one output. Its weights grow with the
  /// channels, 35 to each and 30, and the slice with their square.
  private func narrowBlock(channels: Int) -> SyntheticCheckpoint {
    var synthetic = SyntheticCheckpoint()
    synthetic.unit("conv1", "bn1", [channels, 1, 3, 3])
    synthetic.unit("layer1.0.conv1", "layer1.0.bn1", [1, channels, 3, 3])
    synthetic.unit("layer1.0.conv2", "layer1.0.bn2", [channels + 2, 1, 3, 3])
    return synthetic
  }

  /// What the tensors of a stem of 3x3 do not tell.
  private static let small = ArchitectureOptions(maxPool: false)

  @Test func sliceHasNoMoreZerosThanTheFileHasWeights() throws {
    let graph = try Graph(recognizing: narrowBlock(channels: 33).checkpoint, options: Self.small)  // 33 x 35 of 1,185.
    #expect(graph.layers.count == 4)
    #expect(
      try refusal(of: narrowBlock(channels: 34), Self.small).hasPrefix(  // 34 x 36 of 1,220.
        "synthetic.pth: the shortcut of layer1.0 takes 34 channels to 36 by more zeros than the file has weights"))
  }

  /// Two slices share what one may have.
  @Test func slicesAddUp() throws {
    var synthetic = narrowBlock(channels: 33)
    synthetic.unit("layer1.1.conv1", "layer1.1.bn1", [1, 35, 3, 3])
    synthetic.unit("layer1.1.conv2", "layer1.1.bn2", [37, 1, 3, 3])
    #expect(
      try refusal(of: synthetic, Self.small).contains("the shortcut of layer1.1 takes 35 channels to 37 by more zeros"))
  }

  /// In a network of little but a shortcut's convolution, an average pool is not fused with it: that makes four times as many
  /// weights.
  @Test(arguments: [(16, true), (128, false)])
  func averagePoolsMakeNoMoreWeightsThanTheGraphHas(_ channels: Int, _ isFused: Bool) throws {
    var synthetic = SyntheticCheckpoint()
    synthetic.unit("conv1", "bn1", [channels, 1, 3, 3])
    synthetic.unit("layer1.0.conv1", "layer1.0.bn1", [1, channels, 3, 3])
    synthetic.unit("layer1.0.conv2", "layer1.0.bn2", [channels, 1, 3, 3])
    synthetic.unit("layer2.0.conv1", "layer2.0.bn1", [1, channels, 3, 3])
    synthetic.unit("layer2.0.conv2", "layer2.0.bn2", [channels, 1, 3, 3])
    synthetic.unit("layer2.0.downsample.1", "layer2.0.downsample.2", [channels, channels, 1, 1])
    let graph = try Graph(recognizing: synthetic.checkpoint, options: Self.small)
    let fused = try graph.fusingAveragePools(inputHeight: 32, inputWidth: 32)
    #expect(fused.layers.count == graph.layers.count - (isFused ? 1 : 0))
  }

  @Test func namesInMessages() throws {
    var synthetic = SyntheticCheckpoint.cifar(depth: 1, shortcut: nil)
    synthetic.add("\u{1B}[2J" + String(repeating: "x", count: 5_000), [1, 1])
    for i in 0..<5_000 { synthetic.add("layer9.\(i).\(String(repeating: ".", count: 50))", [1, 2, 3, 4, 5]) }
    synthetic.tensors["bn1.bias"] = nil
    let message = try refusal(of: synthetic)
    #expect(message.contains(#"missing 1 tensor (bn1.bias); left over 5001 tensors (\u{1B}[2Jxxx"#))
    #expect(message.unicodeScalars.count <= 1000)
  }

  /// A name counts by what stands before its dots, whatever sorts between.
  @Test func namesThatSortBetween() throws {
    var synthetic = SyntheticCheckpoint.cifar(depth: 1, shortcut: nil)
    for name in ["layer1", "layer1.0", "layer1.0-", "layer1.00.a", "layer4.0", "layer4.0x"] { synthetic.add(name, []) }
    #expect(
      try refusal(of: synthetic).contains(
        "not kuangliu's network of 3 stages: left over 4 tensors (layer1 [], layer1.0 [], layer1.0- [], layer1.00.a [])"
      ))
    synthetic.add("layer4.0.", [])
    #expect(
      try refusal(of: synthetic).contains("not kuangliu's network of 4 stages: missing 10 tensors (layer4.0.bn1.bias,"))
  }

  @Test func dilationOfAFifthStage() throws {
    let synthetic = SyntheticCheckpoint.bottleneck([1, 1, 1, 1, 1])
    #expect(throws: Never.self) { try Graph(recognizing: synthetic.checkpoint, options: .init(dilatedStages: [4])) }
    #expect(
      try refusal(of: synthetic, .init(dilatedStages: [5]))
        == "synthetic.pth: stage 5 was to be dilated; the choice is 2 to 4")
  }

  @Test func inputsBeyondTheFormat() throws {
    let graph = try Graph(recognizing: SyntheticCheckpoint.cifar(depth: 1, shortcut: nil).checkpoint)
    #expect(try graph.shapes(inputHeight: 65536, inputWidth: 1)[1].height == 65536)
    for (height, width) in [(0, 1), (1, 0), (65537, 1), (1, 65537), (.max, .max), (.min, 1)] {
      let error = try #require(throws: GraphError.self) { try graph.shapes(inputHeight: height, inputWidth: width) }
      #expect(error.description == "an input of \(height)x\(width) pixels; choose 1 to 65536 each way")
    }
  }

  /// Each side must hold a window of its own.
  @Test func inputsBelowAWindow() throws {
    let convolution = Convolution(
      weights: [Float](repeating: 0, count: 15), bias: [0], inputChannels: 1, outputChannels: 1, kernelHeight: 3,
      kernelWidth: 5)
    let layer = Layer(name: "conv", input: 0, operation: .convolution(convolution, shortcut: nil, relu: true))
    let graph = Graph(name: "window", inputChannels: 1, layers: [layer])
    #expect(try graph.shapes(inputHeight: 3, inputWidth: 5)[1].count == 1)
    for (height, width) in [(2, 5), (3, 4)] {
      let error = try #require(throws: GraphError.self) { try graph.shapes(inputHeight: height, inputWidth: width) }
      #expect(
        error.description == "an input of \(height)x\(width) is too small for window: conv gets \(height)x\(width)x1 "
          + "and needs at least 3x5; choose a larger input size")
    }
  }
}
