import Images
import ToolSupport

/// What came of the calibration images: which could not be read, and whether the others are enough.
struct CalibrationImages {
  /// Why images could not be read, by their place among all.
  var skipped: [Int: ImageError] = [:]
  private var count = 0
  private var first: [UInt8]?
  private var areAlike = true

  /// Fewer images than this hardly show a network's ranges.
  private static let few = 10

  /// - Parameter pixels: an image as the network gets it.
  mutating func add(_ pixels: [UInt8]) {
    count += 1
    if let first { areAlike = areAlike && pixels == first } else { first = pixels }
  }

  func report(on folder: ImageFolder) {
    reportSkipped(skipped.sorted { $0.key < $1.key }.map(\.value), in: folder)
    if count > 1 && areAlike {
      warn("\(folder.path): all \(count) images are the same one; give pictures like those the network will see")
    } else if 1..<Self.few ~= count {
      warn("\(folder.path): only \(counted(count, "image")) to calibrate with; some 500 are better")
    }
  }
}
