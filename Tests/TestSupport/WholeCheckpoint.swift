import Checkpoints
import Foundation

extension Checkpoint {
  /// Reads every readable tensor of a file's first dictionary, where `CheckpointFile` leaves both to its caller.
  public init(contentsOf path: String) throws(CheckpointError) { try self.init(CheckpointFile(contentsOf: path)) }

  /// Reads the bytes of a file, as `init(contentsOf:)` does.
  public init(data: Data, path: String) throws(CheckpointError) {
    try self.init(CheckpointFile(data: data, path: path))
  }

  private init(_ file: CheckpointFile) throws(CheckpointError) {
    let dictionary = file.dictionaries[0]
    self = try file.read(dictionary) { dictionary.unreadable[$0] == nil }
  }
}
