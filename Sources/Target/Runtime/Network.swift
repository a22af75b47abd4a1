import CKernels
import Kernels
import ModelFormat

/// An open network. It lies at the start of its arena.
package struct Network {
  package let model: Model
  /// The part of the arena that tensor offsets count from, and its bytes.
  package let tensors: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  /// One for each layer; nil in an arena without room for plans, where all layers are computed directly.
  private let plans: UnsafeMutablePointer<LayerPlan>?
  package private(set) var kernels: KernelSet
  var barrier: Barrier

  /// Places a network in an arena of `size` bytes, and chooses how its layers are computed.
  ///
  /// - Parameters:
  ///   - kernels: the set that computes it.
  ///   - gains: what the set gains by Winograd's way. Without it, `WinogradCosts` says so.
  /// - Returns: the network, at the arena's start.
  /// - Throws: `arenaMisaligned`, or `arenaTooSmall` where not even the tensors have room.
  package static func open(
    _ model: Model, arena: UnsafeMutableRawPointer, size: Int, kernels: KernelSet = .fastest
  ) throws(Status) -> UnsafeMutablePointer<Network> {
    try open(model, arena: arena, size: size, kernels: kernels) { kernels.gains($0) }
  }

  package static func open(
    _ model: Model, arena: UnsafeMutableRawPointer, size: Int, kernels: KernelSet,
    gains: (WinogradLayer) -> WinogradGains
  ) throws(Status) -> UnsafeMutablePointer<Network> {
    guard UInt(bitPattern: arena) % UInt(ArenaLayout.alignment) == 0 else { throw .arenaMisaligned }
    let hasPlans = size >= ArenaLayout(model, hasPlans: true).byteCount
    let layout = ArenaLayout(model, hasPlans: hasPlans)
    guard size >= layout.byteCount else { throw .arenaTooSmall }

    var plans: UnsafeMutablePointer<LayerPlan>?
    if hasPlans {
      let layerCount = Int(model.header.layerCount)
      plans = (arena + ArenaLayout.plansOffset).bindMemory(to: LayerPlan.self, capacity: layerCount)
      plans!.initialize(repeating: LayerPlan(), count: layerCount)
    }
    let network = arena.bindMemory(to: Network.self, capacity: 1)
    network.initialize(
      to: Network(
        model: model, tensors: (arena + layout.tensorsOffset).assumingMemoryBound(to: UInt8.self),
        capacity: size - layout.tensorsOffset, plans: plans, kernels: kernels,
        barrier: Barrier(arena + ArenaLayout.barrierOffset)))
    network.pointee.plan(gains)
    return network
  }

  /// Lets another set compute the network from now on, and chooses anew how the layers are computed.
  package mutating func select(_ kernels: KernelSet) {
    self.kernels = kernels
    plan { kernels.gains($0) }
  }

  package func plan(ofLayer index: Int) -> LayerPlan? { plans?[index] }

  private func plan(_ gains: (WinogradLayer) -> WinogradGains) {
    guard let plans else { return }
    for index in 0..<Int(model.header.layerCount) { (plans[index].scratch, plans[index].keptWeights) = (nil, nil) }
    func candidate(_ index: Int) -> WinogradLayer? {
      guard let winograd = WinogradLayer(model, index) else { return nil }
      if plans[index].largestTile == nil {
        // All weights are read for it, so only where it matters.
        let gains = gains(winograd)
        guard gains.onTheFly || gains.kept else { return nil }
        plans[index].largestTile = model.largestTile(ofLayer: index, winograd)
      }
      return WinogradLayer(model, index, largestTile: plans[index].largestTile!)
    }
    var planner = Planner(model, kernels, capacity: capacity)
    planner.placeScratch(
      candidate: candidate, gains: gains, give: { layer, scratch, _ in plans[layer].scratch = scratch })
    planner.keepWeights(
      candidate: candidate, gains: gains,
      give: { layer, scratch, weights in
        (plans[layer].scratch, plans[layer].keptWeights) = (scratch, weights)
        transformWeights(ofLayer: layer)
      })
  }
}

/// The places of an arena's parts:
///
/// ```
/// | Network | barrier | plans of the layers | tensors, as the planner placed them | scratch | ... | transformed weights |
///                     '---- with room -----'                                       '- what does not fit
///                                                                                     among the tensors
/// ```
///
/// The smallest arena has no plans, no scratch and no transformed weights. Each part starts at a multiple of 64 bytes, so that
/// no two share a cache line.
package struct ArenaLayout {
  /// The alignment of an arena and of its parts, in bytes.
  package static let alignment = 64
  static let barrierOffset = aligned(MemoryLayout<Network>.size)
  static let plansOffset = barrierOffset + aligned(Barrier.byteCount)

  /// The offset of the tensors from the arena's start, in bytes.
  package let tensorsOffset: Int
  /// The bytes of the whole arena.
  package let byteCount: Int

  /// The layout of the smallest arena.
  package init(_ model: Model) { self.init(model, hasPlans: false) }

  /// The layout of the smallest arena, with or without plans.
  init(_ model: Model, hasPlans: Bool) {
    let planBytes = hasPlans ? Int(model.header.layerCount) * MemoryLayout<LayerPlan>.stride : 0
    let tensorsOffset = Self.plansOffset + Self.aligned(planBytes)
    self.init(tensorsOffset: tensorsOffset, byteCount: tensorsOffset + Int(model.header.tensorBytes))
  }

  private init(tensorsOffset: Int, byteCount: Int) {
    self.tensorsOffset = tensorsOffset
    self.byteCount = byteCount
  }

  /// The layout of the arena in which all layers have scratch that gain by it, and, if `keepsWeights`, their transformed
  /// weights too. It is the smallest arena where no layer gains.
  package init(_ model: Model, _ kernels: KernelSet, keepsWeights: Bool) {
    self.init(model, kernels, keepsWeights: keepsWeights) { kernels.gains($0) }
  }

  package init(
    _ model: Model, _ kernels: KernelSet, keepsWeights: Bool, gains: (WinogradLayer) -> WinogradGains
  ) {
    var planner = Planner(model, kernels, capacity: .max)
    let end = planner.keptStart
    // Whether sums fit tiles of 4 is known only when the network is open.
    func candidate(_ index: Int) -> WinogradLayer? { WinogradLayer(model, index) }
    planner.placeScratch(candidate: candidate, gains: gains, give: { _, _, _ in })
    if keepsWeights { planner.keepWeights(candidate: candidate, gains: gains, give: { _, _, _ in }) }
    let bytes = Self.aligned(planner.scratchEnd) + (end - planner.keptStart)
    guard bytes > Int(model.header.tensorBytes) else {
      self.init(model)
      return
    }
    let tensorsOffset = ArenaLayout(model, hasPlans: true).tensorsOffset
    self.init(tensorsOffset: tensorsOffset, byteCount: tensorsOffset + bytes)
  }

  static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
