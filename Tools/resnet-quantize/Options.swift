import ArgumentParser
import Images
import ToolSupport

/// The option for what a picture may cost.
struct PictureFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Most pixels of a picture. It bounds memory (11 bytes a pixel for each core), the file's size and a JPEG's scans.",
      valueName: "count"))
  var pixelLimit = Image.defaultPixelLimit

  /// libjpeg's own limit: 65500 pixels a side.
  private static let largest = 65500 * 65500

  func validate() throws {
    guard 1...Self.largest ~= pixelLimit else {
      throw ValidationError("--pixel-limit \(pixelLimit): give 1 to \(Self.largest) pixels")
    }
  }
}

/// The height and width of a network's input. The argument "224" means a square, and "192x256" means height x width.
struct InputSize: ExpressibleByArgument {
  let height: Int
  let width: Int

  var defaultValueDescription: String { height == width ? "\(height)" : "\(height)x\(width)" }

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard 1...2 ~= sides.count, let height = sides.first!, let width = sides.last!, 1...65536 ~= height,
      1...65536 ~= width
    else { return nil }
    self.height = height
    self.width = width
  }

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }
}

/// A number for each channel, such as "0.485,0.456,0.406".
struct ChannelValues: ExpressibleByArgument {
  let values: [Float]

  init?(argument: String) {
    let values = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard values.allSatisfy({ $0?.isFinite == true }) else { return nil }
    self.values = values.map { $0! }
  }
}
