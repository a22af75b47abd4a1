import ArgumentParser
import Evaluation
import FloatRuntime
import Images
import Platform
import Quantization
import Synchronization
import ToolSupport

struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Quantizes a checkpoint (.pth or .safetensors).")

  @Argument(help: "A PyTorch state dict or .safetensors file.")
  var checkpoint: String

  @Option(help: ArgumentHelp("Folder of JPEGs like those the network will see.", valueName: "folder"))
  var calibration: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The model file to write.", valueName: "model.rn8"))
  var output: String

  @Option(help: "Pixels of the network's input: one number for a square, or HEIGHTxWIDTH.")
  var inputSize = InputSize(height: 224, width: 224)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Pixels of the image's shorter side before the centre crop (default: 256 for an input of 224, else the input's).",
      valueName: "pixels"))
  var resize: Int?

  @Option(
    parsing: .unconditional,
    help: "Mean of each channel, of pixels scaled to 0...1 (default: torchvision's, 0.485,0.456,0.406).")
  var mean: ChannelValues?

  @Option(
    parsing: .unconditional,
    help: "Standard deviation of each channel (default: torchvision's, 0.229,0.224,0.225).")
  var std: ChannelValues?

  @Option(
    help: ArgumentHelp("Text file with one class name a line, to be kept in the model.", valueName: "file"))
  var labels: String?

  @Option(help: "How activation ranges are chosen: mse (least squared error) or min-max (all that occurred).")
  var method: Calibration.Method = .mse

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Calibration images to use, spread evenly over the folder.", valueName: "count"))
  var samples = 500

  @OptionGroup var pictures: PictureFlags

  @OptionGroup var architecture: ArchitectureFlags

  func validate() throws {
    guard samples > 0 else { throw ValidationError("--samples \(samples): give a number above 0") }
    guard 1...65536 ~= resize ?? 1 else { throw ValidationError("--resize \(resize!): give 1 to 65536 pixels") }
    if let mean, mean.values.contains(where: { !(0...1 ~= $0) }) {
      throw ValidationError("--mean: means are of pixels scaled to 0...1; divide those of bytes by 255")
    }
    if let std, std.values.contains(where: { $0 <= 0 }) {
      throw ValidationError("--std: standard deviations are above 0")
    }
  }

  func run() throws {
    try AtomicFile.check(output, inputs: [checkpoint, labels])
    let graph = try architecture.graph(of: checkpoint)
    let normalization = try normalization(channels: graph.inputChannels)
    let preprocessing = Preprocessing(
      resize: resize ?? Preprocessing.defaultResize(inputSize), inputWidth: inputSize.width,
      inputHeight: inputSize.height)
    let network = try FloatNetwork(
      graph, inputHeight: inputSize.height, inputWidth: inputSize.width, normalization: normalization)
    try Quantizer.checkSize(network.shapes, of: graph)
    let classNames = try labels.map { try readLabels($0, count: network.shapes.last!.count) } ?? []

    let folder = try ImageFolder(path: calibration)
    reportLeftOut(folder)
    let entries = folder.sample(count: samples)
    let calibrated = try calibrate(network, entries, preprocessing)
    let bytes = try Quantizer(
      graph: graph, inputHeight: inputSize.height, inputWidth: inputSize.width, normalization: normalization,
      quantizationParameters: calibrated.quantizationParameters(method), resize: preprocessing.resize!,
      labels: classNames
    ).quantize()
    try bytes.withUnsafeBytes { try AtomicFile.write($0, to: output) }

    let model = try Int8Model(bytes, path: output)
    print("\(output): \(graph.name), \(Summary.of(model)), calibrated on \(calibrated.imageCount) images")
  }

  private func normalization(channels: Int) throws -> Normalization {
    let standard = Normalization.imageNet
    func values(_ option: ChannelValues?, _ name: String, _ standard: [Float]) throws -> [Float] {
      if let option {
        guard option.values.count == channels else {
          throw Refusal(
            "\(name): \(option.values.count) values for the \(channels) channels that \(checkpoint) takes; "
              + "give one a channel, separated by commas")
        }
        return option.values
      }
      // A grey network gets the mean of the three numbers.
      return channels == 3 ? standard : [Float](repeating: standard.reduce(0, +) / 3, count: channels)
    }
    return Normalization(
      mean: try values(mean, "--mean", standard.mean), std: try values(std, "--std", standard.std))
  }

  private func readLabels(_ path: String, count: Int) throws -> [String] {
    // A label cannot contain a NUL, since a NUL ends each label in the model.
    guard let text = try? String(contentsOfFile: path, encoding: .utf8), !text.utf8.contains(0) else {
      throw Refusal("\(path): cannot be read as UTF-8 text; --labels takes one class name a line")
    }
    // To Swift, a Windows line end is one character.
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    if lines.last == "" { lines.removeLast() }
    guard lines.count == count else {
      throw Refusal("\(path): \(lines.count) labels for the \(count) classes of \(checkpoint); give one a line")
    }
    return lines
  }

  /// Calibrates on the images that can be read, and warns of those that cannot.
  private func calibrate(
    _ network: FloatNetwork, _ entries: [ImageFolder.Entry], _ preprocessing: Preprocessing
  ) throws -> Calibration {
    let channels = network.graph.inputChannels
    let progress = Progress("calibrating", total: entries.count, unit: "images")
    let skipped = Mutex<[Int: any Error]>([:])
    func report() { reportSkipped(skipped.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }, of: entries.count) }
    do {
      let calibration = try Calibration(network, imageCount: entries.count) { index in
        do {
          let image = try Image(
            jpeg: entries[index].path, channels: channels, pixelLimit: pictures.pixelLimit)
          return preprocessing(image).pixels
        } catch {
          skipped.withLock { $0[index] = error }
          return nil
        }
      } progress: {
        progress.advance()
      }
      report()
      return calibration
    } catch {
      report()
      if skipped.withLock({ $0.count == entries.count }) {
        throw Refusal("\(self.calibration): none of its \(entries.count) images can be read; give intact JPEGs")
      }
      throw Refusal("\(checkpoint): \(error); use another checkpoint")
    }
  }
}

extension Calibration.Method: ExpressibleByArgument {}

extension Preprocessing {
  /// Returns what `--resize` is by default: 256 for an input of 224x224, as in torchvision, and otherwise the input's
  /// longer side.
  static func defaultResize(_ size: InputSize) -> Int {
    size.height == 224 && size.width == 224 ? 256 : max(size.height, size.width)
  }
}
