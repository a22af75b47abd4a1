import ArgumentParser
import Checkpoints
import Graphs
import Images
import ToolSupport

/// The options for what a checkpoint's shapes cannot tell about its architecture.
struct ArchitectureFlags: ParsableArguments {
  @Flag(
    name: .customLong("stride-in-1x1"),
    help: "ResNet v1: a bottleneck's stride is in its first 1x1 convolution, not in the 3x3.")
  var strideIn1x1 = false

  @Option(
    name: .customLong("dilate-stage"),
    help: ArgumentHelp(
      "A stage (2, 3 or 4) whose stride is replaced with dilation; repeat for several.", valueName: "stage"))
  var dilatedStages: [Int] = []

  @Flag(help: "A plain network: no shortcuts.")
  var plain = false

  func validate() throws {
    if let stage = dilatedStages.first(where: { !(2...4 ~= $0) }) {
      throw ValidationError("--dilate-stage \(stage): the stages that can be dilated are 2, 3 and 4")
    }
  }

  func graph(of path: String) throws -> Graph {
    try Graph(
      recognizing: Checkpoint(contentsOf: path),
      options: ArchitectureOptions(
        strideIn1x1: strideIn1x1, dilatedStages: Set(dilatedStages), shortcuts: !plain))
  }
}

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
