import Dispatch
import Platform
import Synchronization

/// Returns the time that `workerCount` threads take for one image together. It begins when all of them are ready. It
/// ends when worker 0, which is the calling thread, has the result.
func timeShared(_ network: BenchNetwork, workerCount: Int) -> Duration {
  let ready = Atomic(0)
  let finished = DispatchSemaphore(value: 0)
  nonisolated(unsafe) let network = network
  @Sendable func stand() {
    ready.wrappingAdd(1, ordering: .acquiringAndReleasing)
    while ready.load(ordering: .acquiring) < workerCount { sched_yield() }
  }
  for worker in 1..<workerCount {
    onNewThread {
      stand()
      network.run(worker: worker, of: workerCount)
      finished.signal()
    }
  }
  stand()
  let duration = ContinuousClock().measure { network.run(worker: 0, of: workerCount) }
  for _ in 1..<workerCount { finished.wait() }
  return duration
}

/// Runs `body` on a thread of its own. A pool would not do: workers wait for each other, and a pool may have fewer
/// threads than there are workers.
private func onNewThread(_ body: @escaping @Sendable () -> Void) {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { box in
      Unmanaged<Box>.fromOpaque(box!).takeRetainedValue().body()
      return nil
    }, Unmanaged.passRetained(Box(body)).toOpaque())
  precondition(status == 0, "no thread can be made")
  pthread_detach(thread)
}
