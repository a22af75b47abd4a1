import CResNetInt8
import Foundation
import ModelFormat
import Quantization
import ResNetInt8
import TestSupport
import Testing

/// More memory gives another way to compute a layer, and never other logits.
@Suite struct WinogradPlanTests {
  /// Reference cases: basic blocks, bottleneck blocks with projections, and a CIFAR network with option A.
  private static let names = ["basic", "bottleneck", "cifar-a"]
  private static let sets = ArenaRun.winogradSets

  /// Each layer that can is computed by Winograd's way, whatever it costs, in every arena from the smallest to the fastest.
  @Test(arguments: names, [ResidualBits.eight, .sixteen])
  func memoryChangesNoLogits(_ name: String, residualBits: ResidualBits) throws {
    try withModel(name, residualBits) { model, image in
      for kernels in Self.sets {
        let sizes = [
          ArenaLayout(model).byteCount,
          ArenaLayout(model, kernels, keepsWeights: false, gains: ArenaRun.always).byteCount,
          ArenaLayout(model, kernels, keepsWeights: true, gains: ArenaRun.always).byteCount,
        ]
        #expect(sizes[0] < sizes[1] && sizes[1] < sizes[2])
        let expected = ArenaRun.run(model, image, kernels, sizes[0])
        #expect(expected.made == 0 && expected.kept == 0)
        let recommended = ArenaRun.run(model, image, kernels, sizes[1])
        #expect(recommended.made > 1 && recommended.kept == 0 && recommended.logits == expected.logits)
        let fastest = ArenaRun.run(model, image, kernels, sizes[2])
        #expect(fastest.kept == recommended.made && fastest.made == 0 && fastest.logits == expected.logits)
        var counts: Set<[Int]> = []
        for part in 1..<24 {
          let size = sizes[0] + (sizes[2] - sizes[0]) * part / 24 + part
          let between = ArenaRun.run(model, image, kernels, size)
          counts.insert([between.made, between.kept])
          #expect(between.logits == expected.logits, "\(kernels.name), \(size) bytes")
        }
        #expect(counts.count > 2)
      }
    }
  }

  @Test(arguments: names, [1, 2, 3, 8])
  func workersChangeNoLogits(_ name: String, workerCount: Int) throws {
    try withModel(name, .sixteen) { model, image in
      for kernels in Self.sets {
        let expected = ArenaRun.run(model, image, kernels, ArenaLayout(model).byteCount)
        for keepsWeights in [false, true] {
          let size = ArenaLayout(model, kernels, keepsWeights: keepsWeights, gains: ArenaRun.always).byteCount
          #expect(ArenaRun.run(model, image, kernels, size, workerCount: workerCount).logits == expected.logits)
        }
      }
    }
  }

  /// Another set may be chosen when the network is open: it plans anew in the same arena.
  @Test func setsPlanAnew() throws {
    try withModel("basic", .sixteen) { model, image in
      let size = Self.sets.map { ArenaLayout(model, $0, keepsWeights: true).byteCount }.max()!
      let expected = ArenaRun.run(model, image, Self.sets[0], ArenaLayout(model).byteCount)
      ArenaRun.withArena(size) { arena in
        let network = try! Network.open(model, arena: arena, size: size)
        for kernels in Self.sets + Self.sets.reversed() {
          network.pointee.select(kernels)
          let layers = 0..<Int(model.header.layerCount)
          let gaining = layers.filter { layer in
            guard let layer = WinogradLayer(model, layer) else { return false }
            return kernels.gains(layer).onTheFly || kernels.gains(layer).kept
          }
          #expect(layers.filter { network.pointee.plan(ofLayer: $0)?.scratch != nil } == gaining)
          #expect(kernels.name.description != "portable" || gaining.count > 2)
          #expect(ArenaRun.logits(network, image, workerCount: 1) == expected.logits)
        }
      }
    }
  }

  private func withModel(
    _ name: String, _ residualBits: ResidualBits, _ body: (Model, _ image: [UInt8]) throws -> Void
  ) throws {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    let bytes = try reference.quantized(in: ReferenceCase.folder, residualBits: residualBits).bytes
    let image = try reference.images(in: ReferenceCase.folder)[0]
    try bytes.withUnsafeBytes { bytes in
      try body(Model(validating: bytes.baseAddress!, size: bytes.count), image)
    }
  }
}
