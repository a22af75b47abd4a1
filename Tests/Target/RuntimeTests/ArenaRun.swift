import CResNetInt8
import Foundation
import ModelFormat
import ResNetInt8
import Testing

/// Runs networks in arenas of any size, by any set of kernels.
enum ArenaRun {
  /// The supported sets that compute by Winograd's way too.
  static let winogradSets = (0..<KernelSet.table.count).map { KernelSet.table[$0] }
    .filter { $0.isSupported && $0.winograd != nil }

  static func always(_: WinogradLayer) -> WinogradGains { WinogradGains(onTheFly: true, kept: true) }

  /// Opens a network that computes by Winograd's way whatever it can, and runs it once.
  ///
  /// - Returns: the logits, how many layers transform their weights on the fly, how many keep them, and the largest tiles of
  ///   each layer for which they were asked for.
  static func run(
    _ model: Model, _ image: [UInt8], _ kernels: KernelSet, _ size: Int, workerCount: Int = 1
  ) -> (logits: [Float], made: Int, kept: Int, largestTiles: [Int]) {
    withArena(size) { arena in
      let network = try! Network.open(model, arena: arena, size: size, kernels: kernels, gains: always)
      let plans = (0..<Int(model.header.layerCount)).compactMap { network.pointee.plan(ofLayer: $0) }
      let kept = plans.count { $0.keptWeights != nil }
      return (
        logits(network, image, workerCount: workerCount), plans.count { $0.scratch != nil } - kept, kept,
        plans.compactMap(\.largestTile)
      )
    }
  }

  static func logits(_ network: UnsafeMutablePointer<Network>, _ image: [UInt8], workerCount: Int) -> [Float] {
    let count = Int(network.pointee.model.header.classCount)
    let done = DispatchSemaphore(value: 0)
    let logits = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { logits.deallocate() }
    // Dispatch would run fewer at once than wait for each other.
    image.withUnsafeBufferPointer { pixels in
      nonisolated(unsafe) let (network, pixels, target) = (OpaquePointer(network), pixels.baseAddress!, logits)
      _ = resnet_int8_set_yield(network, { _ in sched_yield() }, nil)
      let threads = (0..<workerCount).map { worker in
        let thread = Thread {
          _ = resnet_int8_run_worker(network, UInt32(worker), UInt32(workerCount), pixels, target)
          done.signal()
        }
        thread.start()
        return thread
      }
      for _ in threads { done.wait() }
    }
    return Array(UnsafeBufferPointer(start: logits, count: count))
  }

  /// The arena's bytes are garbage before, and those behind it stay as they are.
  static func withArena<Result>(_ byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Result) -> Result {
    let arena = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount + 64, alignment: ArenaLayout.alignment)
    defer { arena.deallocate() }
    arena.initializeMemory(as: UInt8.self, repeating: 0xa5)
    defer { #expect(arena[byteCount...].allSatisfy { $0 == 0xa5 }, "bytes behind the arena") }
    return body(arena.baseAddress!)
  }
}
