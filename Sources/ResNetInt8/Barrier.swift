import CIntrinsics

/// Where workers wait for each other between layers. The last to arrive opens the next generation; the rest spin.
struct Barrier {
  private let arrived: UnsafeMutablePointer<UInt32>
  private let generation: UnsafeMutablePointer<UInt32>

  /// - Parameter memory: 64 bytes that all workers share.
  init(_ memory: UnsafeMutableRawPointer) {
    arrived = memory.bindMemory(to: UInt32.self, capacity: 2)
    generation = arrived + 1
    arrived.initialize(repeating: 0, count: 2)
  }

  func wait(workerCount: Int32) {
    if workerCount == 1 { return }
    let current = rn8_load_acquire(generation)
    if rn8_fetch_increment(arrived) == UInt32(workerCount) - 1 {
      rn8_store_release(arrived, 0)
      rn8_store_release(generation, current &+ 1)
    } else {
      while rn8_load_acquire(generation) == current { rn8_spin_hint() }
    }
  }
}
