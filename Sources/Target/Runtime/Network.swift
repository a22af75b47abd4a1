import ModelFormat

/// An open network. It lies at the start of its arena.
package struct Network {
  package let model: Model
  /// The part of the arena that tensor offsets count from.
  package let tensors: UnsafeMutablePointer<UInt8>
  /// The offset of each layer's scratch from `tensors`, in bytes, or `noScratch`; nil where this arena has no scratch.
  private let scratchOffsets: UnsafePointer<UInt32>?
  package internal(set) var kernels: KernelSet
  var barrier: Barrier

  private static let noScratch = UInt32.max

  /// Places a network in an arena of `size` bytes. All layers get the scratch they ask for if there is room for all
  /// of it; otherwise none gets any.
  ///
  /// - Parameter scratch: returns the bytes of scratch that a layer asks for.
  /// - Returns: the network, at the arena's start.
  /// - Throws: `arenaMisaligned`, or `arenaTooSmall` where not even the tensors have room.
  package static func open(
    _ model: Model, arena: UnsafeMutableRawPointer, size: Int,
    scratch: (Model, _ layer: Int) -> Int = { $0.scratchByteCount(ofLayer: $1) }
  ) throws(Status) -> UnsafeMutablePointer<Network> {
    guard UInt(bitPattern: arena) % UInt(ArenaLayout.alignment) == 0 else { throw .arenaMisaligned }
    var layout = ArenaLayout(model, scratch: scratch)
    if size < layout.byteCount { layout = ArenaLayout(model) }
    guard size >= layout.byteCount else { throw .arenaTooSmall }

    let tensors = (arena + layout.tensorsOffset).assumingMemoryBound(to: UInt8.self)
    var offsets: UnsafeMutablePointer<UInt32>?
    if layout.hasScratch {
      let memory = (arena + ArenaLayout.scratchOffsetsOffset)
        .bindMemory(to: UInt32.self, capacity: Int(model.header.layerCount))
      memory.initialize(repeating: noScratch, count: Int(model.header.layerCount))
      placeScratch(of: model, byteCount: scratch) { layer, offset in memory[layer] = UInt32(offset) }
      offsets = memory
    }
    let network = arena.bindMemory(to: Network.self, capacity: 1)
    network.initialize(
      to: Network(
        model: model, tensors: tensors, scratchOffsets: UnsafePointer(offsets), kernels: .fastest,
        barrier: Barrier(arena + ArenaLayout.barrierOffset)))
    return network
  }

  /// Returns the scratch of a layer, memory that all workers share during the layer's steps; nil where the layer asks
  /// for none, or the arena has no scratch.
  package func scratch(ofLayer index: Int) -> UnsafeMutableRawPointer? {
    guard let offset = scratchOffsets?[index], offset != Self.noScratch else { return nil }
    return UnsafeMutableRawPointer(tensors + Int(offset))
  }
}

/// The places of an arena's parts:
///
/// ```
/// | Network | barrier | scratch offsets of the layers | tensors, as the planner placed them | scratch |
///                     '------- with scratch -------'                                        '- what does not fit
///                                                                                              among the tensors
/// ```
///
/// Scratch offsets, one for each layer, and scratch behind the tensors exist only in an arena with scratch. Each part
/// starts at a multiple of 64 bytes, so that no two share a cache line.
package struct ArenaLayout {
  /// The alignment of an arena and of its parts, in bytes.
  package static let alignment = 64
  static let barrierOffset = aligned(MemoryLayout<Network>.size)
  static let scratchOffsetsOffset = barrierOffset + aligned(Barrier.byteCount)

  /// The offset of the tensors from the arena's start, in bytes.
  package let tensorsOffset: Int
  /// The bytes of the whole arena.
  package let byteCount: Int
  package let hasScratch: Bool

  /// The layout of the smallest arena, which has no scratch.
  package init(_ model: Model) {
    self.init(tensorsOffset: Self.scratchOffsetsOffset, tensorBytes: Int(model.header.tensorBytes), hasScratch: false)
  }

  /// The layout of the arena in which every layer has the scratch it asks for. This is the smallest arena where no
  /// layer asks for any.
  ///
  /// - Parameter scratch: returns the bytes of scratch that a layer asks for.
  package init(_ model: Model, scratch: (Model, _ layer: Int) -> Int) {
    let layerCount = Int(model.header.layerCount)
    var hasScratch = false
    for index in 0..<layerCount where scratch(model, index) > 0 { hasScratch = true }
    guard hasScratch else {
      self.init(model)
      return
    }
    self.init(
      tensorsOffset: Self.scratchOffsetsOffset + Self.aligned(layerCount * MemoryLayout<UInt32>.stride),
      tensorBytes: placeScratch(of: model, byteCount: scratch) { _, _ in }, hasScratch: true)
  }

  private init(tensorsOffset: Int, tensorBytes: Int, hasScratch: Bool) {
    self.tensorsOffset = tensorsOffset
    byteCount = tensorsOffset + tensorBytes
    self.hasScratch = hasScratch
  }

  static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
