import ArgumentParser
import Evaluation
import FloatRuntime
import Graphs
import Images
import Platform
import Preparation
import Quantization
import Synchronization
import ToolSupport

struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Quantizes a checkpoint (.pth or .safetensors).")

  @Argument(help: "A PyTorch state dict or .safetensors file.")
  var checkpoint: String

  @Option(help: ArgumentHelp("Folder of JPEGs or PNGs like those the network will see.", valueName: "folder"))
  var calibration: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The model file to write.", valueName: "model.rn8"))
  var output: String

  @Option(help: "Pixels of the network's input: one number for a square, or HEIGHTxWIDTH.")
  var inputSize = InputSize(height: 224, width: 224)

  @OptionGroup var preparationFlags: PreparationFlags

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
    if let mean, !mean.values.allSatisfy(Normalization.means.contains) {
      throw ValidationError("--mean: means are of pixels scaled to 0...1; divide those of bytes by 255")
    }
    if let std, !std.values.allSatisfy(Normalization.standardDeviations.contains) {
      throw ValidationError(
        "--std: standard deviations are of pixels scaled to 0...1, and lie in \(Normalization.standardDeviations)")
    }
  }

  func run() throws {
    do {
      try quantize()
    } catch  where error is GraphError || error is QuantizationError {
      throw Refusal("\(checkpoint): \(error)")
    }
  }

  private func quantize() throws {
    let file = try AtomicFile(output)
    try file.requireApart(from: [checkpoint, labels].compactMap { $0 })
    let folder = try ImageFolder(path: calibration)
    try file.requireApart(from: folder.entries.lazy.map(\.path))
    let graph = try architecture.graph(of: checkpoint)
    let normalization = try normalization(channels: graph.inputChannels)
    let preparation = try preparationFlags.preparation(for: inputSize)
    let network = try FloatNetwork(
      graph, inputHeight: inputSize.height, inputWidth: inputSize.width, normalization: normalization)
    try Quantizer.check(graph, shapes: network.shapes)
    let classNames = try labels.map { try readLabels($0, count: network.shapes.last!.count, of: checkpoint) } ?? []
    let calibrated = try calibrate(network, folder, preparation)
    let bytes = try Quantizer(
      graph: graph, preparation: preparation, normalization: normalization,
      quantizationParameters: calibrated.quantizationParameters(method), labels: classNames
    ).quantize()
    try bytes.withUnsafeBytes(file.write)

    let model = try Int8Model(bytes, path: output)
    let summary = "\(graph.name), \(Summary.of(model)), calibrated on \(calibrated.imageCount) images"
    print("\(output): \(summary)".message)
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

  /// Calibrates on the images that can be read, and warns of those that cannot, and of too few.
  private func calibrate(
    _ network: FloatNetwork, _ folder: ImageFolder, _ preparation: Preparation
  ) throws -> Calibration {
    let entries = folder.sample(count: samples)
    let channels = network.graph.inputChannels
    let progress = Progress("calibrating", total: entries.count, unit: "images")
    let images = Mutex(CalibrationImages())
    do {
      let calibration = try Calibration(network, imageCount: entries.count) { index in
        do throws(ImageError) {
          let image = try Image(
            contentsOf: entries[index].path, channels: channels, pixelLimit: pictures.pixelLimit)
          let pixels = preparation(image).pixels
          images.withLock { $0.add(pixels) }
          return pixels
        } catch {
          images.withLock { $0.skipped[index] = error }
          return nil
        }
      } progress: {
        progress.advance()
      }
      images.withLock { $0.report(on: folder) }
      return calibration
    } catch {
      images.withLock { $0.report(on: folder) }
      if images.withLock({ $0.skipped.count == entries.count }) {
        throw Refusal(
          "\(self.calibration): none of its \(entries.count) images can be read; give intact JPEGs or PNGs")
      }
      throw error
    }
  }
}

extension Calibration.Method: ExpressibleByArgument {}
