import ArgumentParser
import Evaluation
import FloatRuntime
import Graphs
import Images
import Platform
import ToolSupport

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures a model's accuracy, and its closeness to the float checkpoint, on a folder of pictures.",
    discussion: """
      The folder has one subfolder a class, named after the model's labels or, where it has none, in the order of its
      classes. Images are JPEGs or PNGs at any depth, and are prepared as they were for calibration. With --reference the
      subfolders need not be classes.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Option(help: ArgumentHelp("Folder of pictures, one subfolder a class.", valueName: "folder"))
  var images: String

  @Option(help: "The checkpoint the model was made from: prints its accuracy too, agreement and logit SQNR.")
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "Logits that your own program computed for the same images, a row an image in the order class name, file name: .npy"
        + " or little-endian float32. Fails where the float network differs by more than rounding.", valueName: "file"))
  var reference: String?

  @Option(
    help: ArgumentHelp(
      "File for the int8 logits: little-endian float32 rows in the order class name, file name.", valueName: "file"))
  var logits: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images to use, spread evenly over the folder (default: all).", valueName: "count"))
  var samples: Int?

  @Option(
    help: ArgumentHelp(
      "Kernels to use in place of the fastest that this processor has: "
        + Int8Network.kernelSets.map(\.name).joined(separator: ", ") + "."))
  var kernels: String?

  @OptionGroup var pictures: PictureFlags

  @OptionGroup var architecture: ArchitectureFlags

  func validate() throws {
    guard samples ?? 1 > 0 else { throw ValidationError("--samples \(samples!): give a number above 0") }
    if reference != nil && checkpoint == nil {
      throw ValidationError("--reference: give the --checkpoint too, whose reading it checks")
    }
  }

  func run() throws {
    let file = try logits.map(AtomicFile.init)
    try file?.requireApart(from: [model, checkpoint, reference].compactMap { $0 })
    let folder = try ImageFolder(path: images)
    try file?.requireApart(from: folder.entries.lazy.map(\.path))
    let model = try Int8Model(contentsOf: model)
    let entries = try entries(of: folder, model)
    let float = try checkpoint.map { try network(in: $0, of: model) }
    let reference = try reference.map {
      try ReferenceLogits(contentsOf: $0, imageCount: entries.count, classCount: Int(model.info.class_count))
    }
    let progress = Progress("evaluating", total: entries.count, unit: "images")
    let evaluation = try Evaluation(
      model, float: float, entries: entries, pixelLimit: pictures.pixelLimit, kernels: kernels
    ) { progress.advance() }
    reportSkipped(evaluation.skipped, in: folder)
    guard evaluation.imageCount > 0 else {
      throw Refusal("\(images): none of its \(entries.count) images can be read; give intact JPEGs or PNGs")
    }
    try requireFinite(evaluation.int8Logits, of: self.model, "make it again with resnet-quantize")
    if let checkpoint {
      try requireFinite(evaluation.floatLogits, of: checkpoint, "give the checkpoint the model was made from")
    }
    if let file { try Array(evaluation.int8Logits.joined()).withUnsafeBytes(file.write) }
    report(evaluation)
    if let reference { try check(evaluation, against: reference, entries, float!.graph) }
  }

  /// Prints how far both networks are from the reference. Throws where the float network is not the reference's.
  private func check(
    _ evaluation: Evaluation, against reference: ReferenceLogits, _ entries: [ImageFolder.Entry], _ graph: Graph
  ) throws {
    guard evaluation.skipped.isEmpty else {
      throw Refusal("\(images): the reference has a row for each image, and some were skipped; take those out of both")
    }
    let (float, int8) = (
      reference.compared(with: evaluation.floatLogits), reference.compared(with: evaluation.int8Logits)
    )
    print("float against reference  \(comparison(float))")
    print("int8 against reference   \(comparison(int8))")
    let tolerance = 1e-3
    guard float.largestDifference <= tolerance else {
      let (expected, found) = (
        reference.rows[float.row][float.column], evaluation.floatLogits[float.row][float.column]
      )
      throw Refusal(
        "\(entries[float.row].path), output \(float.column): \(found), and \(expected) in \(self.reference!). That is no"
          + " rounding: the network was misread, or its pictures are prepared otherwise. It was read as \(graph.reading!);"
          + " the options of quantize and evaluate change what was assumed")
    }
  }

  private func comparison(_ comparison: ReferenceLogits.Comparison) -> String {
    "\(decibels(comparison.signalToNoise)), same class \(percent(comparison.agreement)), largest difference "
      + "\((100 * comparison.largestDifference).formatted(decimals: 5)) % of the largest logit"
  }

  private func percent(_ share: Double) -> String { (100 * share).formatted(decimals: 2) + " %" }

  private func decibels(_ ratio: Double) -> String { ratio.formatted(decimals: 2) + " dB" }

  /// Returns the checkpoint's float network. Throws where it cannot be the one that the model was made from: its name,
  /// input channels and outputs must be the model's.
  private func network(in checkpoint: String, of model: Int8Model) throws -> FloatNetwork {
    func requireEqual(_ found: String, _ expected: String) throws {
      guard found == expected else {
        throw Refusal(
          "\(checkpoint): \(found), but \(self.model): \(expected); give the checkpoint the model was made from")
      }
    }
    let info = model.info
    let graph = try architecture.network(of: checkpoint).graph
    try requireEqual(graph.name, model.name)
    try requireEqual("\(graph.inputChannels) input channels", "\(info.input_channels) input channels")
    let network: FloatNetwork
    do {
      let (height, width) = (Int(info.input_height), Int(info.input_width))
      network = try FloatNetwork(
        graph.fusingAveragePools(inputHeight: height, inputWidth: width), inputHeight: height, inputWidth: width,
        normalization: model.normalization)
    } catch {
      throw Refusal("\(self.model) asks for what \(checkpoint) cannot give: \(error)")
    }
    try requireEqual("\(network.shapes.last!.count) outputs", "\(info.class_count) outputs")
    return network
  }

  private func requireFinite(_ logits: [[Float]], of network: String, _ remedy: String) throws {
    guard logits.joined().allSatisfy(\.isFinite) else {
      throw Refusal("\(network): its logits are not finite; \(remedy)")
    }
  }

  private func report(_ evaluation: Evaluation) {
    print("images        \(evaluation.imageCount)")
    if evaluation.labelledCount > 0 {
      if checkpoint != nil { print("float top-1   \(percent(evaluation.floatAccuracy))") }
      print("int8 top-1    \(percent(evaluation.int8Accuracy))")
    }
    if checkpoint != nil {
      print("same class    \(percent(evaluation.agreement))")
      print("logit SQNR    \(decibels(evaluation.signalToNoise))")
    }
  }

  /// Returns the images to use, with their classes where the subfolders are classes.
  private func entries(of folder: ImageFolder, _ model: Int8Model) throws -> [ImageFolder.Entry] {
    let entries = samples.map(folder.sample) ?? folder.entries
    do {
      return try labelled(entries, folder, model)
    } catch  where reference != nil {
      return entries.map { ImageFolder.Entry(path: $0.path, classIndex: nil) }
    }
  }

  /// Returns the entries with the model's class indices in place of the folder's.
  private func labelled(
    _ entries: [ImageFolder.Entry], _ folder: ImageFolder, _ model: Int8Model
  ) throws -> [ImageFolder.Entry] {
    if folder.classNames.isEmpty { return entries }
    let strays = folder.entries.count { $0.classIndex == nil }
    guard strays == 0 else {
      throw Refusal(
        "\(images): \(counted(strays, "image")) in this folder and \(folder.entries.count - strays) in its subfolders; move "
          + "the former into a class's subfolder, or the latter away")
    }
    let classes: [Int]
    let labels = Array(model.labels)
    if labels.isEmpty {
      guard folder.classNames.count == Int(model.info.class_count) else {
        throw Refusal(
          "\(images) has \(folder.classNames.count) class folders and \(self.model) \(model.info.class_count) classes "
            + "without names; quantize with --labels, or give a folder with all classes")
      }
      classes = Array(folder.classNames.indices)
    } else {
      classes = try folder.classNames.map { name in
        let indices = labels.indices.filter { labels[$0] == name }
        guard let index = indices.first else {
          throw Refusal("\(images)/\(name): '\(name)' is not among the labels of \(self.model); rename the folder")
        }
        guard indices.count == 1 else {
          throw Refusal(
            "\(images)/\(name): '\(name)' is the label of \(indices.count) classes of \(self.model); "
              + "quantize with labels that differ")
        }
        return index
      }
    }
    return entries.map { ImageFolder.Entry(path: $0.path, classIndex: classes[$0.classIndex!]) }
  }
}
