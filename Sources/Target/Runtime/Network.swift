import ModelFormat

/// What an open network keeps at the start of its arena.
package struct Network {
  package let model: Model
  let tensors: UnsafeMutablePointer<UInt8>
  /// Where each layer's scratch lies, bytes from `tensors` on; nil where this arena has no scratch.
  private let scratchOffsets: UnsafePointer<UInt32>?
  package internal(set) var kernels: KernelSet
  var barrier: Barrier

  /// Places a network in the arena, with as much scratch as there is room for.
  package static func open(
    _ model: Model, arena: UnsafeMutableRawPointer, size: Int,
    scratch: (LayerRecord) -> Int = { $0.scratchByteCount }
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
      memory.initialize(repeating: 0, count: Int(model.header.layerCount))
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

  /// The memory that the workers of a layer's steps share; nil where the arena has no scratch.
  package func scratch(ofLayer index: Int) -> UnsafeMutableRawPointer? {
    scratchOffsets.map { UnsafeMutableRawPointer(tensors + Int($0[index])) }
  }
}

/// Where the parts of an arena lie:
///
/// ```
/// | Network | barrier | scratch offsets, one a layer | tensors, as the planner placed them | scratch without room there |
///                     '------ with scratch ------'                                        '------ with scratch ------'
/// ```
///
/// Each part starts at a multiple of 64 bytes: a cache line of its own.
package struct ArenaLayout {
  /// Bytes.
  package static let alignment = 64
  static let barrierOffset = aligned(MemoryLayout<Network>.size)
  static let scratchOffsetsOffset = barrierOffset + alignment

  /// Bytes from the arena's start.
  package let tensorsOffset: Int
  /// Bytes of the whole.
  package let byteCount: Int
  package let hasScratch: Bool

  /// The smallest arena: no scratch.
  package init(_ model: Model) {
    self.init(tensorsOffset: Self.scratchOffsetsOffset, tensorBytes: Int(model.header.tensorBytes), hasScratch: false)
  }

  /// The arena in which every layer has the scratch it asks for; the smallest where none asks for any.
  ///
  /// - Parameter scratch: bytes that a layer's steps share.
  package init(_ model: Model, scratch: (LayerRecord) -> Int) {
    let layerCount = Int(model.header.layerCount)
    var hasScratch = false
    for index in 0..<layerCount where scratch(model.layer(index)) > 0 { hasScratch = true }
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

  private static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
