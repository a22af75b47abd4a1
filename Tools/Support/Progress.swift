import Platform
import Synchronization

/// Shows a counter on the terminal, such as "calibrating 120/500, 12 s left". The line is rewritten in place, and ends with a
/// rate. Where standard error is not a terminal, nothing is shown.
package final class Progress: Sendable {
  private let title: String
  private let total: Int
  private let unit: String
  private let done = Mutex(0)
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private let start = ContinuousClock.now

  /// - Parameter unit: the name of what is counted, in the plural.
  package init(_ title: String, total: Int, unit: String) {
    self.title = title
    self.total = total
    self.unit = unit
  }

  package func advance() {
    guard isTerminal else { return }
    done.withLock { done in
      done += 1
      // A few hundred updates are enough for the eye.
      guard done == total || done % max(total / 200, 1) == 0 else { return }
      let rate = Double(done) / ((ContinuousClock.now - start) / .seconds(1))
      let end =
        done == total
        ? ": \(rate.formatted(decimals: 1)) \(unit)/s\n"
        : ", \((Double(total - done) / rate).formatted(decimals: 0)) s left"
      // The line before may be longer, so that it is erased.
      writeToStandardError("\r\u{1b}[K\(title) \(done)/\(total)\(end)")
    }
  }
}
