import Platform
import Synchronization

/// The signals that end a program, held back until a piece of work has cleaned up after itself.
package enum HeldSignals {
  /// The number of the first signal that came during the work; 0 where none came.
  private static let caught = Atomic<Int32>(0)

  package static var haveCome: Bool { caught.load(ordering: .relaxed) != 0 }

  /// Does `work`, and lets a signal that came meanwhile act only then. Long work asks `haveCome`, and gives up.
  package static func hold<Result>(during work: () throws -> Result) rethrows -> Result {
    caught.store(0, ordering: .relaxed)
    // Beyond a limit on file sizes (`ulimit -f`), a write is to fail in place of ending the program.
    let numbers = [SIGINT, SIGTERM, SIGHUP, SIGXFSZ]
    let former = numbers.map { signal($0, SIG_IGN) }
    // What the program ignores, as under nohup, stays ignored.
    for (number, handler) in zip(numbers, former) where number != SIGXFSZ && !isIgnored(handler) {
      signal(number) { _ = HeldSignals.caught.compareExchange(expected: 0, desired: $0, ordering: .relaxed) }
    }
    defer {
      for (number, handler) in zip(numbers, former) { signal(number, handler) }
      if haveCome { raise(caught.load(ordering: .relaxed)) }
    }
    return try work()
  }

  private static func isIgnored(_ handler: sighandler_t?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
