import Foundation
import TestSupport

/// Files that `make_checkpoint_fixtures.py` wrote.
enum Fixtures {
  static let folder = fixtures.appending(path: "checkpoints")

  static func path(_ name: String) -> String { folder.appending(path: name).path }
}
