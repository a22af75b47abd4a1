import Checkpoints
import Foundation

enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/checkpoints")

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The folder of real checkpoints, which a clone does not have.
  static let data: URL? = {
    let package = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["RESNET_INT8_DATA"].map { URL(fileURLWithPath: $0) }
    let url = named ?? package.deletingLastPathComponent().appending(path: "shared/data")
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }()
}
