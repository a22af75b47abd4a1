import Checkpoints
import FloatRuntime
import Graphs
import ModelFormat
import Quantization
import ResNetInt8
import TestSupport
import Testing

/// No weights change the logits that a model has in the smallest arena, where all layers are computed directly.
@Suite struct HostileWeightsTests {
  /// What the bytes of all weights become, the classifier's too.
  enum Weights: CaseIterable {
    case largest, smallest, eitherOne, mostlyLargest, mostlySmallest, any

    func next(_ random: inout SeededGenerator) -> UInt8 {
      let byte = UInt8.random(in: 0...255, using: &random)
      return switch self {
      case .largest: 127
      case .smallest: 128
      case .eitherOne: byte % 2 == 0 ? 127 : 128
      case .mostlyLargest: byte % 16 > 0 ? 127 : 128
      case .mostlySmallest: byte % 16 > 0 ? 128 : 127
      case .any: byte
      }
    }
  }

  /// Layers of at most 64 channels, whose sums fit tiles of 4 whatever the weights are.
  @Test(arguments: ["basic", "bottleneck-dilated", "resnext-4", "cifar-a"], Weights.allCases)
  func narrowNetworks(_ name: String, weights: Weights) throws {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    let bytes = try reference.quantized(in: ReferenceCase.folder).bytes
    let tiles = try check(replacing(bytes, weights), reference.images(in: ReferenceCase.folder)[0])
    #expect(tiles == [4])
  }

  /// Layers of 128 channels and more. Their sums fit tiles of 4 with the network's own weights, and not with extreme ones.
  @Test(arguments: [ResidualBits.eight, .sixteen])
  func wideNetwork(_ residualBits: ResidualBits) throws {
    var random = SeededGenerator(state: 12)
    let images = (0..<2).map { _ in random.bytes(10 * 11 * 3) }
    let bytes = try Self.wide(images, residualBits)
    #expect(try check(bytes, images[0]) == [4])
    for weights in Weights.allCases {
      let tiles = try check(replacing(bytes, weights), images[0])
      switch weights {
      case .largest, .smallest, .mostlyLargest, .mostlySmallest: #expect(tiles == [3], "\(weights)")
      case .eitherOne, .any: #expect(tiles == [4], "\(weights)")
      }
    }
  }

  /// Runs a model in every set and in arenas of several sizes.
  ///
  /// - Returns: the largest tiles of its layers.
  private func check(_ bytes: [UInt8], _ image: [UInt8]) throws -> Set<Int> {
    var tiles: Set<Int> = []
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      let smallest = ArenaLayout(model).byteCount
      let expected = ArenaRun.run(model, image, ArenaRun.winogradSets.last!, smallest).logits
      for kernels in ArenaRun.winogradSets {
        let sizes = [false, true].map {
          ArenaLayout(model, kernels, keepsWeights: $0, gains: ArenaRun.always).byteCount
        }
        for size in [smallest, sizes[0], (sizes[0] + sizes[1]) / 2, sizes[1], sizes[1] + 4 << 20] {
          for workerCount in [1, 2, 3] {
            let result = ArenaRun.run(model, image, kernels, size, workerCount: workerCount)
            #expect(
              result.logits.map(\.bitPattern) == expected.map(\.bitPattern), "\(kernels.name), \(size) bytes")
            tiles.formUnion(result.largestTiles)
          }
        }
      }
    }
    return tiles
  }

  /// `open` does not compare the checksum of weights, and nobody need repair it.
  private func replacing(_ bytes: [UInt8], _ weights: Weights) -> [UInt8] {
    var bytes = bytes
    var random = SeededGenerator(state: 3)
    let header = bytes.withUnsafeBytes { $0.load(as: ModelHeader.self) }
    for place in Int(header.metadataSize)..<Int(header.fileSize) { bytes[place] = weights.next(&random) }
    return bytes
  }

  /// Returns a CIFAR network of 128 to 160 channels, with an identity shortcut and two projections.
  private static func wide(_ images: [[UInt8]], _ residualBits: ResidualBits) throws -> [UInt8] {
    var random = SeededGenerator(state: 11)
    var synthetic = SyntheticCheckpoint()
    synthetic.unit("conv1", "bn1", [128, 3, 3, 3])
    synthetic.block("layer1.0", 128, inner: 128)
    synthetic.block("layer2.0", 128, inner: 144, shortcut: "shortcut")
    synthetic.block("layer3.0", 144, inner: 160, shortcut: "shortcut")
    synthetic.add("linear.weight", [10, 160])
    synthetic.add("linear.bias", [10])
    for (name, tensor) in synthetic.tensors.sorted(by: { $0.key < $1.key }) where tensor.shape.count > 1 {
      synthetic.tensors[name] = Tensor(
        shape: tensor.shape, values: random.floats(tensor.values.count, within: 0.05))
    }
    return try QuantizedNetwork(
      Graph(recognizing: synthetic.checkpoint), height: 10, width: 11,
      normalization: Normalization(mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]), calibration: images,
      rounding: .nearest, residualBits: residualBits
    ).bytes
  }
}
