import Kernels
import ModelFormat

/// How a layer of an open network is computed: directly, unless it has scratch.
package struct LayerPlan {
  /// Bytes from the start of the tensors: the layer's scratch, and its transformed weights, which are made on the fly where
  /// they have no place. Multiples of 64.
  package internal(set) var scratch: Int?
  package internal(set) var keptWeights: Int?
  /// The largest tiles whose sums fit, 4 or 3 pixels each way; 0 where not even those of 3 do; nil while this is not known.
  package internal(set) var largestTile: Int?
}

/// Which ways to compute a layer are faster than the direct one.
package struct WinogradGains {
  /// With weights that are transformed on the fly.
  package let onTheFly: Bool
  /// With transformed weights that are kept, also than with those on the fly.
  package let kept: Bool

  package init(onTheFly: Bool, kept: Bool) {
    self.onTheFly = onTheFly
    self.kept = kept
  }
}

/// Decides how the layers of a network are computed, and where their scratch and their transformed weights lie.
package struct Planner {
  private let model: Model
  private let kernels: KernelSet
  /// The bytes that tensors, scratch and transformed weights may take.
  private let capacity: Int
  /// The end of the scratch, and the start of the transformed weights, which fill the memory from its end on.
  private(set) var scratchEnd: Int
  private(set) var keptStart: Int

  package init(_ model: Model, _ kernels: KernelSet, capacity: Int) {
    self.model = model
    self.kernels = kernels
    self.capacity = capacity
    scratchEnd = Int(model.header.tensorBytes)
    keptStart = capacity / ArenaLayout.alignment * ArenaLayout.alignment
  }

  /// Gives scratch to each layer that gains by it, where there is room.
  ///
  /// - Parameters:
  ///   - candidate: returns how Winograd's way would compute a layer; nil where it cannot.
  ///   - give: takes the layer, the offset of its scratch, and its bytes.
  package mutating func placeScratch(
    candidate: (_ layer: Int) -> WinogradLayer?, gains: (WinogradLayer) -> WinogradGains,
    give: (_ layer: Int, _ scratch: Int, _ byteCount: Int) -> Void
  ) {
    func byteCount(_ layer: Int) -> Int {
      guard let candidate = candidate(layer), gains(candidate).onTheFly else { return 0 }
      return kernels.scratchBytes(candidate)
    }
    forEachScratch(
      of: model, byteCount: byteCount,
      place: { layer, offset in
        let bytes = byteCount(layer)
        guard offset + bytes <= capacity else { return }
        scratchEnd = max(scratchEnd, offset + bytes)
        give(layer, offset, bytes)
      })
  }

  /// Keeps the transformed weights of each layer that gains by it, the first ones first, while there is room. The first
  /// layers of a ResNet have the fewest weights for the same work.
  mutating func keepWeights(
    candidate: (_ layer: Int) -> WinogradLayer?, gains: (WinogradLayer) -> WinogradGains,
    give: (_ layer: Int, _ scratch: Int, _ weights: Int) -> Void
  ) {
    func keeping(_ layer: Int) -> WinogradLayer? {
      guard let candidate = candidate(layer), gains(candidate).kept else { return nil }
      return candidate
    }
    forEachScratch(
      of: model, byteCount: { keeping($0)?.scratchBytes(weights: 0) ?? 0 },
      place: { layer, offset in
        guard let winograd = keeping(layer) else { return }
        let end = max(scratchEnd, offset + winograd.scratchBytes(weights: 0))
        guard end <= keptStart && winograd.keptBytes <= keptStart - end else { return }
        scratchEnd = end
        keptStart -= winograd.keptBytes
        give(layer, offset, keptStart)
      })
  }
}
