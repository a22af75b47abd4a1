import ArgumentParser
import Evaluation
import FloatRuntime
import Graphs
import Images
import Platform
import Preparation
import Pretrained
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

  @OptionGroup var input: InputFlags

  @Option(
    help: ArgumentHelp("Text file with one class name a line, to be kept in the model.", valueName: "file"))
  var labels: String?

  @Option(help: "How activation ranges are chosen: mse (least squared error) or min-max (all that occurred).")
  var method: Calibration.Method = .mse

  @Option(
    help: ArgumentHelp(
      "Bits in which a residual sum reaches the next shortcut: 16, which is closer to float and takes more memory, or 8.",
      valueName: "8|16"))
  var residualBits: ResidualBits = .sixteen

  @Option(
    help: ArgumentHelp(
      "How weights are rounded: error-spreading (layer by layer, for what int8 computes on calibration images) or nearest "
        + "(each on its own)."))
  var rounding: Rounding = .errorSpreading

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Calibration images to use, spread evenly over the folder.", valueName: "count"))
  var samples = 500

  @OptionGroup var pictures: PictureFlags

  @OptionGroup var architecture: ArchitectureFlags

  func validate() throws {
    guard samples > 0 else { throw ValidationError("--samples \(samples): give a number above 0") }
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
    let (graph, configuration) = try architecture.network(of: checkpoint)
    let sample = folder.sample(count: samples)
    let normalization = try input.normalization(of: graph, configuration, checkpoint: checkpoint)
    let (preparation, words) = try input.preparation(
      of: graph, configuration, checkpoint: checkpoint,
      PicturesOfOneSize(entries: sample, pixelLimit: pictures.pixelLimit))
    let network = try FloatNetwork(
      graph.fusingAveragePools(inputHeight: preparation.inputHeight, inputWidth: preparation.inputWidth),
      inputHeight: preparation.inputHeight, inputWidth: preparation.inputWidth, normalization: normalization)
    try Quantizer.check(network.graph, shapes: network.shapes, residualBits: residualBits)
    let classNames = try classNames(configuration, of: graph, count: network.shapes.last!.count)
    let calibrated = try calibrate(network, folder, sample, preparation)
    let progress = Progress("quantizing", total: network.graph.layers.count, unit: "layers")
    let bytes = try Quantizer(
      graph: network.graph, preparation: preparation, normalization: normalization,
      quantizationParameters: calibrated.quantizationParameters(method, residualBits: residualBits),
      labels: classNames, samples: calibrated.samples, residualBits: residualBits
    ).quantize { progress.advance() }
    try bytes.withUnsafeBytes(file.write)

    print("\(checkpoint): \(graph.reading!); \(words)".message)
    let model = try Int8Model(bytes, path: output)
    let summary = "\(graph.name), \(Summary.of(model)), calibrated on \(counted(calibrated.imageCount, "image"))"
    print("\(output): \(summary)".message)
  }

  /// Returns the labels that were given, or those that are configured for the network's classifier.
  private func classNames(_ configuration: Configuration, of graph: Graph, count: Int) throws -> [String] {
    if let labels { return try readLabels(labels, count: count, of: checkpoint) }
    guard case .fullyConnected? = graph.layers.last?.operation else { return [] }
    return try check(configuration.labels, count: count, of: checkpoint)
  }

  /// Calibrates on the images that can be read, and warns of those that cannot, and of too few.
  private func calibrate(
    _ network: FloatNetwork, _ folder: ImageFolder, _ entries: [ImageFolder.Entry], _ preparation: Preparation
  ) throws -> Calibration {
    let channels = network.graph.inputChannels
    let keptCount =
      rounding == .nearest
      ? 0 : try Quantizer.sampleLimit(network.graph, shapes: network.shapes, residualBits: residualBits)
    let progress = Progress("calibrating", total: entries.count, unit: "images")
    let images = Mutex(CalibrationImages())
    do {
      let calibration = try Calibration(network, imageCount: entries.count, keeping: keptCount) { index in
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
extension Rounding: ExpressibleByArgument {}
extension ResidualBits: ExpressibleByArgument {}
