import Dispatch
import Platform
import Synchronization
import ToolSupport

/// Returns the time that `workerCount` threads take for one image together. It begins when all of them are ready. It
/// ends when worker 0, which is the calling thread, has the result.
///
/// Throws where the operating system has no more threads.
func timeShared(_ network: BenchNetwork, workerCount: Int) throws -> Duration {
  let ready = Atomic(0)
  let isCalledOff = Atomic(false)
  let finished = DispatchSemaphore(value: 0)
  nonisolated(unsafe) let network = network
  /// Waits for the other workers. Returns whether all have come.
  @Sendable func stand() -> Bool {
    ready.wrappingAdd(1, ordering: .acquiringAndReleasing)
    while ready.load(ordering: .acquiring) < workerCount && !isCalledOff.load(ordering: .acquiring) { sched_yield() }
    return !isCalledOff.load(ordering: .acquiring)
  }
  for worker in 1..<workerCount {
    let status = onNewThread {
      if stand() { network.run(worker: worker, of: workerCount) }
      finished.signal()
    }
    guard status == 0 else {
      isCalledOff.store(true, ordering: .releasing)
      for _ in 1..<worker { finished.wait() }
      throw Refusal("--workers \(workerCount): no more than \(worker) threads can be made; give a smaller number")
    }
  }
  _ = stand()
  let duration = ContinuousClock().measure { network.run(worker: 0, of: workerCount) }
  for _ in 1..<workerCount { finished.wait() }
  return duration
}

/// Runs `body` on a thread of its own, and returns 0, or the number of the error where no thread can be made. A pool
/// would not do: workers wait for each other, and a pool may have fewer threads than there are workers.
private func onNewThread(_ body: @escaping @Sendable () -> Void) -> Int32 {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(body))
  let status = pthread_create(
    &thread, nil,
    { box in
      Unmanaged<Box>.fromOpaque(box!).takeRetainedValue().body()
      return nil
    }, box.toOpaque())
  if status == 0 { pthread_detach(thread) } else { box.release() }
  return status
}
