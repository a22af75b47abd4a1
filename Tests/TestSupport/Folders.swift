import Foundation

/// The package's own folder.
package let packageFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The committed files that tests read: `Tests/Fixtures`.
package let fixtures = packageFolder.appending(path: "Tests/Fixtures")

/// The folder of real checkpoints and images, which a clone does not have. It is `$RESNET_INT8_DATA`, or `shared/data`
/// beside the package; nil where neither exists.
package let dataFolder: URL? = {
  let named = ProcessInfo.processInfo.environment["RESNET_INT8_DATA"].map { URL(fileURLWithPath: $0) }
  let folder = named ?? packageFolder.deletingLastPathComponent().appending(path: "shared/data")
  return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
}()

/// Returns the numbers of a file of little-endian float32.
package func floats(_ file: URL) throws -> [Float] {
  try Data(contentsOf: file).withUnsafeBytes { bytes in
    (0..<bytes.count / 4).map {
      Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
    }
  }
}
