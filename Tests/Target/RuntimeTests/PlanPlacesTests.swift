import ModelFormat
import Quantization
import ResNetInt8
import TestSupport
import Testing

/// Where the planner places scratch and transformed weights. What scratch may share with tensors is in `ScratchTests`.
@Suite struct PlanPlacesTests {
  @Test(arguments: ["basic", "bottleneck", "cifar-a"])
  func keptWeightsShareNoMemory(_ name: String) throws {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    let bytes = try reference.quantized(in: ReferenceCase.folder).bytes
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      for kernels in ArenaRun.winogradSets {
        let smallest = ArenaLayout(model).byteCount
        let fastest = ArenaLayout(model, kernels, keepsWeights: true, gains: ArenaRun.always).byteCount
        for size in stride(from: smallest, through: fastest + 64, by: 1 << 10) { check(model, kernels, size) }
      }
    }
  }

  private func check(_ model: Model, _ kernels: KernelSet, _ size: Int) {
    ArenaRun.withArena(size) { arena in
      let network = try! Network.open(model, arena: arena, size: size, kernels: kernels, gains: ArenaRun.always).pointee
      let end = size - (UnsafeMutableRawPointer(network.tensors) - arena)
      var scratch: [Range<Int>] = []
      var kept: [Range<Int>] = []
      for index in 0..<Int(model.header.layerCount) {
        guard let plan = network.plan(ofLayer: index), let start = plan.scratch,
          let layer = WinogradLayer(model, index, largestTile: plan.largestTile ?? 0)
        else { continue }
        let bytes = plan.keptWeights == nil ? kernels.scratchBytes(layer) : layer.scratchBytes(weights: 0)
        scratch.append(start..<start + bytes)
        if let weights = plan.keptWeights { kept.append(weights..<weights + layer.keptBytes) }
      }
      let all = [0..<Int(model.header.tensorBytes)] + scratch + kept
      #expect(all.allSatisfy { $0.upperBound <= end && $0.lowerBound % 64 == 0 }, "\(kernels.name), \(size) bytes")
      for (index, weights) in kept.enumerated() {
        let others = all.dropLast(kept.count) + kept[..<index]
        #expect(!others.contains { $0.overlaps(weights) }, "\(kernels.name), \(size) bytes")
      }
    }
  }
}
