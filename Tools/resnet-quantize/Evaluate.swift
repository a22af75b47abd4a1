import ArgumentParser
import Evaluation
import FloatRuntime
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

      Several machines can share the work: each evaluates a --shard and writes its --sums, and resnet-quantize merge adds
      these up to the numbers of the whole, to the last digit.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Option(help: ArgumentHelp("Folder of pictures, one subfolder a class.", valueName: "folder"))
  var images: String

  @Option(
    help: ArgumentHelp(
      "The checkpoint the model was made from: prints its accuracy too, agreement, logit SQNR, and which classes change.",
      valueName: "checkpoint"))
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
    help: ArgumentHelp(
      "The part of the images to use: 1/4 to 4/4 for four parts, each a run of the sorted images. Needs --sums.",
      valueName: "i/n"),
    transform: { text throws(ValidationError) in
      guard let shard = Shard(text) else {
        throw ValidationError("give I/N with I in 1...N and N in 1...\(Shard.largestCount), such as 1/4")
      }
      return shard
    })
  var shard: Shard?

  @Option(help: ArgumentHelp("File for what was counted, as JSON, for resnet-quantize merge.", valueName: "file"))
  var sums: String?

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
    if reference != nil && shard != nil {
      throw ValidationError("--reference: has rows for all images; check the reading before, without --shard")
    }
    if let shard, sums == nil {
      throw ValidationError("--shard \(shard): give --sums FILE too, for resnet-quantize merge")
    }
  }

  func run() throws {
    let outputs = (logits: try logits.map(AtomicFile.init), sums: try sums.map(AtomicFile.init))
    if let logits = outputs.logits { try outputs.sums?.requireApart(from: logits) }
    let folder = try ImageFolder(path: images)
    for file in [outputs.logits, outputs.sums] {
      try file?.requireApart(from: [model, checkpoint, reference].compactMap { $0 })
      try file?.requireApart(from: folder.entries.lazy.map(\.path))
    }
    let model = try Int8Model(contentsOf: model)
    let classes = try classes(of: folder, model)
    let entries = classes.labelled(samples.map(folder.sample) ?? folder.entries)
    let float = try checkpoint.map { try architecture.floatNetwork(of: $0, madeInto: model) }
    let reference = try reference.map {
      try ReferenceCheck(of: $0, entries: entries, outputCount: Int(model.info.class_count))
    }
    let shard = shard ?? .whole
    let evaluation = try evaluate(model, float, Array(entries[shard.range(of: entries.count)]), in: folder)
    let subject = EvaluationSubject(
      version: libraryVersion, model: model.checksum, outputCount: Int(model.info.class_count),
      checkpoint: float?.graph.checksum, images: entries.checksum(below: folder.path), imageCount: entries.count,
      pixelLimit: pictures.pixelLimit)
    let sums = ShardSums(subject: subject, shard: shard, sums: evaluation.sums, classNames: classes.names)
    if let file = outputs.logits { try Array(evaluation.int8Logits.joined()).withUnsafeBytes(file.write) }
    if let file = outputs.sums { try Array(sums.json.utf8).withUnsafeBytes(file.write) }
    if self.shard != nil { print("shard         \(shard)") }
    for line in EvaluationReport(sums).lines { print(line) }
    try reference?.check(evaluation, of: float!.graph, in: folder)
  }

  /// Runs all images, and warns of those that cannot be read.
  ///
  /// - Throws: `Refusal` where logits are not finite, and where no image can be read. Of a shard, all may be damaged: the
  ///   others count.
  private func evaluate(
    _ model: Int8Model, _ float: FloatNetwork?, _ entries: [ImageFolder.Entry], in folder: ImageFolder
  ) throws -> Evaluation {
    let progress = Progress("evaluating", total: entries.count, unit: "images")
    let evaluation = try Evaluation(
      model, float: float, entries: entries, pixelLimit: pictures.pixelLimit, kernels: kernels
    ) { progress.advance() }
    reportSkipped(evaluation.skipped, in: folder)
    guard evaluation.sums.imageCount > 0 || shard != nil else {
      throw Refusal("\(images): none of its \(entries.count) images can be read; give intact JPEGs or PNGs")
    }
    try requireFinite(evaluation.int8Logits, of: model.path, "make it again with resnet-quantize")
    if let checkpoint {
      try requireFinite(evaluation.floatLogits, of: checkpoint, "give the checkpoint the model was made from")
    }
    return evaluation
  }

  /// Returns the classes that the subfolders are. With a reference they need not be any.
  private func classes(of folder: ImageFolder, _ model: Int8Model) throws -> ModelClasses {
    let classes: ModelClasses
    do {
      classes = try ModelClasses(folder, of: model)
    } catch  where reference != nil {
      return .unknown
    }
    guard sums == nil || classes.names.count <= ShardSums.largestClassCount else {
      throw Refusal(
        "\(images): has \(classes.names.count) class folders, and --sums counts \(ShardSums.largestClassCount) at most; give "
          + "a folder with fewer")
    }
    return classes
  }

  private func requireFinite(_ logits: [[Float]], of network: String, _ remedy: String) throws {
    guard logits.joined().allSatisfy(\.isFinite) else {
      throw Refusal("\(network): its logits are not finite; \(remedy)")
    }
  }
}
