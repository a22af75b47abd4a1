import Evaluation
import FloatRuntime
import Graphs
import Quantization
import TestSupport
import Testing

/// Tests the arena's size for torchvision's networks at 224x224.
@Suite struct ArenaTests {
  /// The bounds were computed by hand. In ResNet-18 and 34 the stem's output and the pool's are alive together,
  /// 112x112x64 + 56x56x64. In ResNet-50 the input of the second stage's first block is kept for its projection, while
  /// the first two tensors of the branch are alive: 56x56x256 + 56x56x128 + 28x28x128.
  @Test(arguments: [
    ("resnet18", [2, 2, 2, 2], false, 1_003_520), ("resnet34", [3, 4, 6, 3], false, 1_003_520),
    ("resnet50", [3, 4, 6, 3], true, 1_304_576),
  ])
  func isCloseToTheLowerBound(name: String, depths: [Int], isBottleneck: Bool, bound: Int) throws {
    let checkpoint = SyntheticCheckpoint.torchvision(depths, isBottleneck: isBottleneck).checkpoint
    let graph = try Graph(recognizing: checkpoint)
    #expect(graph.name == name)
    let arena = try arena(graph)
    print("\(name): arena \(arena) bytes, lower bound \(bound), ratio \(Double(arena) / Double(bound))")
    #expect(try lowerBound(graph, size: 224) == bound)
    #expect(Double(arena) <= 1.10 * Double(bound))
  }

  /// With 16 bits the largest residual sums take as many bytes once more.
  @Test(arguments: [
    ("resnet18", [2, 2, 2, 2], false, 1_300_000), ("resnet34", [3, 4, 6, 3], false, 1_300_000),
    ("resnet50", [3, 4, 6, 3], true, 2_200_000),
  ])
  func sixteenBits(name: String, depths: [Int], isBottleneck: Bool, limit: Int) throws {
    let checkpoint = SyntheticCheckpoint.torchvision(depths, isBottleneck: isBottleneck).checkpoint
    let graph = try Graph(recognizing: checkpoint)
    let arena = try arena(graph, .sixteen)
    print("\(name): arena \(arena) bytes with a residual stream of 16 bits")
    #expect(arena <= limit)
  }

  private func arena(_ graph: Graph, _ residualBits: ResidualBits = .eight) throws -> Int {
    let parameters = [QuantizationParameters](
      repeating: QuantizationParameters(scale: 1, zeroPoint: 0), count: graph.layers.count + 1)
    let bytes = try Quantizer(
      graph: graph, preparation: .square(224), normalization: .imageNet, quantizationParameters: parameters,
      residualBits: residualBits
    ).quantize()
    return try Int8Model(bytes, path: graph.name).info.smallest_arena
  }

  /// Returns the bytes that any implementation must hold: the largest sum of the tensors that are alive at one layer.
  /// Halos and rounding do not count, and a residual sum takes the place of its shortcut.
  private func lowerBound(_ graph: Graph, size: Int) throws -> Int {
    let shapes = try graph.shapes(inputHeight: size, inputWidth: size).dropLast()
    // The output of a layer takes the memory of the shortcut that the layer adds, where nothing reads the shortcut
    // afterwards.
    var owner = Array(shapes.indices)
    func isReadAfter(_ index: Int, _ tensor: Int) -> Bool {
      graph.layers.dropFirst(index + 1).contains { $0.reads(tensor) }
    }
    for (index, layer) in graph.layers.enumerated() {
      if case .convolution(_, .identity(let tensor)?, _) = layer.operation, layer.input != tensor,
        !isReadAfter(index, tensor)
      {
        owner[index + 1] = owner[tensor]
      }
    }
    return graph.layers.indices.map { index in
      let alive = shapes.indices.filter { $0 <= index + 1 && ($0 == index + 1 || isReadAfter(index - 1, $0)) }
      return Set(alive.map { owner[$0] }).reduce(0) { $0 + shapes[$1].count }
    }.max()!
  }
}

extension Layer {
  fileprivate func reads(_ tensor: Int) -> Bool {
    if input == tensor { return true }
    guard case .convolution(_, let shortcut?, _) = operation else { return false }
    switch shortcut {
    case .identity(let other), .projection(let other, _): return other == tensor
    }
  }
}

extension SyntheticCheckpoint {
  /// torchvision's ResNets in their real widths, of basic or bottleneck blocks.
  fileprivate static func torchvision(_ depths: [Int], isBottleneck: Bool) -> SyntheticCheckpoint {
    var result = SyntheticCheckpoint()
    result.unit("conv1", "bn1", [64, 3, 7, 7])
    var channels = 64
    for (stage, depth) in depths.enumerated() {
      let inner = 64 << stage
      let outputs = isBottleneck ? 4 * inner : inner
      for block in 0..<depth {
        result.block(
          "layer\(stage + 1).\(block)", channels, inner: inner, outputs: isBottleneck ? outputs : nil,
          shortcut: channels == outputs ? nil : "downsample")
        channels = outputs
      }
    }
    result.add("fc.weight", [1000, channels])
    result.add("fc.bias", [1000])
    return result
  }
}
