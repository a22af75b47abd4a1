import Foundation
import TestSupport

/// The files that `make_checkpoint_fixtures.py` writes.
enum Fixtures {
  static let folder = fixtures.appending(path: "checkpoints")

  static func path(_ name: String) -> String { folder.appending(path: name).path }
}
