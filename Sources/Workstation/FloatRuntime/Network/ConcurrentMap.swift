import Dispatch
import Platform
import Synchronization

/// `transform` of 0 ..< count, computed on all cores; the results are in order.
public func concurrentMap<Output, Failure>(
  _ count: Int, _ transform: (Int) throws(Failure) -> Output
) throws(Failure) -> [Output] {
  func ignoringState(_: Void, _ index: Int) throws(Failure) -> Output { try transform(index) }
  return try concurrentMap(count, state: {}, ignoringState)
}

/// As above, with a state of its own for each thread, made on the caller's: buffers that are costly to make.
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
