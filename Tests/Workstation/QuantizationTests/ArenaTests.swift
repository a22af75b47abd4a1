import Quantization
import Testing

/// Memory of torchvision's networks at 224x224.
@Suite struct ArenaTests {
  /// The bounds by hand: in ResNet-18 and 34 the stem's output beside the pool's, 112x112x64 + 56x56x64; in ResNet-50
  /// the input of the second stage's first block, kept for its projection, beside both of the branch's first tensors,
  /// 56x56x256 + 56x56x128 + 28x28x128.
  @Test(arguments: [
    ("resnet18", [2, 2, 2, 2], false, 1_003_520), ("resnet34", [3, 4, 6, 3], false, 1_003_520),
    ("resnet50", [3, 4, 6, 3], true, 1_304_576),
  ])
  func isCloseToTheLowerBound(name: String, depths: [Int], isBottleneck: Bool, bound: Int) throws {
    let checkpoint = SyntheticCheckpoint.torchvision(depths, isBottleneck: isBottleneck).checkpoint
    let graph = try Graph(recognizing: checkpoint)
    #expect(graph.name == name)
    let codings = [QuantizationParameters](
      repeating: QuantizationParameters(scale: 1, zeroPoint: 0), count: graph.layers.count + 1)
    let result = try Quantizer(
      graph: graph, inputHeight: 224, inputWidth: 224, normalization: .imageNet, codings: codings, resize: 256
    ).quantize()
    let (memory, arena) = (result.memory, try Int8Model(result.bytes, path: name).info.arena_size)
    print(
      "\(name): arena \(arena) bytes, lower bound \(memory.lowerBound), ratio \(Double(arena) / Double(memory.lowerBound))"
    )
    #expect(memory.lowerBound == bound)
    #expect(Double(arena) <= 1.10 * Double(bound))
  }
}

extension SyntheticCheckpoint {
  /// torchvision's ResNets in their real widths.
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
