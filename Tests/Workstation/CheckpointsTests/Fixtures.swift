import Checkpoints
import Foundation
import TestSupport
import Testing

/// The files that `make_checkpoint_fixtures.py` writes.
enum Fixtures {
  static let folder = fixtures.appending(path: "checkpoints")

  static func path(_ name: String) -> String { folder.appending(path: name).path }
}

extension CheckpointFile {
  /// Reads every tensor of a dictionary that can be read.
  func readAll(of path: String) throws -> [String: Tensor] {
    let dictionary = try #require(dictionaries.first { $0.path == path })
    return try read(dictionary) { dictionary.unreadable[$0] == nil }.tensors
  }
}
