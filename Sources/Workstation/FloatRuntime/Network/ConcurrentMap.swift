import Dispatch
import Platform
import Synchronization

/// Returns `transform` of 0 ..< count, in order. It is computed on all cores.
///
/// Throws the error of the lowest index that failed, after all have run.
public func concurrentMap<Output, Failure>(
  _ count: Int, _ transform: (Int) throws(Failure) -> Output
) throws(Failure) -> [Output] {
  func ignoringState(_: Void, _ index: Int) throws(Failure) -> Output { try transform(index) }
  return try concurrentMap(count, state: {}, ignoringState)
}

/// Calls `body` with 0 ..< count, on all cores.
public func concurrentForEach(_ count: Int, _ body: (Int) -> Void) { _ = concurrentMap(count, body) }

/// Returns `transform` of 0 ..< count, in order, where each thread has a state of its own. The states are meant for
/// buffers that are costly to make. They are made on the caller's thread.
public func concurrentMap<State, Output, Failure>(
  _ count: Int, state makeState: () -> State, _ transform: (State, Int) throws(Failure) -> Output
) throws(Failure) -> [Output] {
  let threadCount = min(count, ProcessInfo.processInfo.activeProcessorCount)
  let states = (0..<threadCount).map { _ in makeState() }
  var results = [Result<Output, Failure>?](repeating: nil, count: count)
  let next = Atomic(0)
  withoutActuallyEscaping(transform) { transform in
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let (results, states, transform) = (results, states, transform)
      DispatchQueue.concurrentPerform(iterations: threadCount) { thread in
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if index >= count { return }
          results[index] = Result { () throws(Failure) in try transform(states[thread], index) }
        }
      }
    }
  }
  var outputs: [Output] = []
  for result in results { outputs.append(try result!.get()) }
  return outputs
}
