import Foundation
import Synchronization

/// A counter of images on the terminal, such as "calibrating 120/500", rewritten in place and at the end replaced by their
/// rate; nothing where standard error is not a terminal.
final class Progress: Sendable {
  private let title: String
  private let total: Int
  private let done = Mutex(0)
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private let start = ContinuousClock.now

  init(_ title: String, total: Int) {
    self.title = title
    self.total = total
  }

  func advance() {
    guard isTerminal else { return }
    done.withLock { done in
      done += 1
      // Some hundred updates are enough for the eye.
      guard done == total || done % max(total / 200, 1) == 0 else { return }
      let rate = Double(done) / ((ContinuousClock.now - start) / .seconds(1))
      let end = done == total ? ": \(rate.formatted(decimals: 1)) images/s\n" : ""
      FileHandle.standardError.write(Data("\r\(title) \(done)/\(total)\(end)".utf8))
    }
  }
}

/// A line on standard error.
func warn(_ message: String) { FileHandle.standardError.write(Data("resnet-quantize: \(message)\n".utf8)) }

extension Double {
  func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}
