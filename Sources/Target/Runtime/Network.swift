import CResNetInt8
import ModelFormat

/// What an open network keeps at the start of its arena; the tensors follow.
///
/// ```
/// arena: | Network, 192 bytes | Barrier, 64 bytes | tensors at the offsets that the planner gave them |
/// ```
package struct Network {
  let model: Model
  let tensors: UnsafeMutablePointer<UInt8>
  package internal(set) var kernels: KernelChoice
  var barrier: Barrier

  static let alignment = 64
  static let byteCount = 256
  static let barrierOffset = 192

  static func arenaSize(_ model: Model) -> Int { byteCount + Int(model.header.tensorBytes) }

  /// Places a network in the arena.
  static func open(
    _ model: Model, arena: UnsafeMutableRawPointer, size: Int
  ) throws(resnet_int8_status) -> UnsafeMutablePointer<Network> {
    guard UInt(bitPattern: arena) % UInt(alignment) == 0 else { throw RESNET_INT8_ARENA_MISALIGNED }
    guard size >= arenaSize(model) else { throw RESNET_INT8_ARENA_TOO_SMALL }
    let network = arena.bindMemory(to: Network.self, capacity: 1)
    network.initialize(
      to: Network(
        model: model, tensors: (arena + byteCount).assumingMemoryBound(to: UInt8.self), kernels: .best,
        barrier: Barrier(arena + barrierOffset)))
    return network
  }
}
