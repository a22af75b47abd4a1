import Analysis
import ArgumentParser
import Evaluation
import FloatRuntime
import Images
import Platform
import Quantization
import ToolSupport

struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds what each layer of a model costs, alone and together, and why.",
    discussion: """
      Together: the int8 model runs as it is, and each layer's output is compared with the float network's. Alone: the float \
      network runs with only this layer quantized, and its logits are compared.

      The folder is one for evaluate, or has any pictures like those the network will see.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Option(help: ArgumentHelp("The checkpoint the model was made from.", valueName: "checkpoint"))
  var checkpoint: String

  @Option(help: ArgumentHelp("Folder of pictures like those the network will see.", valueName: "folder"))
  var images: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Images to use, spread evenly over the folder (default: 500, or 8 and more that take about a minute on two cores).",
      valueName: "count"))
  var samples: Int?

  @Option(
    help: ArgumentHelp(
      "HTML file to write: charts, histograms, the pictures that changed class.", valueName: "report.html"))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "What resnet-bench --json wrote for the model: the report shows where the time goes.", valueName: "bench.json"))
  var benchmark: String?

  @OptionGroup var pictures: PictureFlags

  @OptionGroup var architecture: ArchitectureFlags

  func validate() throws {
    guard samples ?? 1 > 0 else { throw ValidationError("--samples \(samples!): give a number above 0") }
    if benchmark != nil && report == nil {
      throw ValidationError("--benchmark: give --report FILE too, which shows the times")
    }
  }

  func run() throws {
    let file = try report.map(AtomicFile.init)
    try file?.requireApart(from: [model, checkpoint, benchmark].compactMap { $0 })
    let folder = try ImageFolder(path: images)
    try file?.requireApart(from: folder.entries.lazy.map(\.path))
    let model = try Int8Model(contentsOf: model)
    let time = try benchmark.map { try TimeSection(contentsOf: $0, for: model) }
    let float = try architecture.floatNetwork(of: checkpoint, madeInto: model)
    let entries = folder.sample(count: samples ?? Analysis.pictureCount(float))
    let read = try readPictures(entries, of: folder, for: model)
    let progress = Progress("analysing", total: read.count * model.layers.count, unit: "layers")
    let analysis = try Analysis(model, float: float, images: read.map(\.image.pixels)) { progress.advance() }
    var sums = EvaluationSums()
    for (int8, float) in zip(analysis.int8Logits, analysis.floatLogits) {
      sums.add(int8: int8, float: float, classIndex: nil)
    }
    for _ in read.count..<entries.count { sums.addSkipped() }
    if let file {
      let page = AnalysisPage(
        model: model, analysis: analysis, sums: sums, images: images, checkpoint: checkpoint, pictures: read, time: time
      )
      try page.bytes.withUnsafeBytes(file.write)
    }
    for line in AnalysisTable(analysis: analysis, sums: sums).lines { print(line) }
  }

  /// Returns the pictures that can be read, and warns of the others.
  private func readPictures(
    _ entries: [ImageFolder.Entry], of folder: ImageFolder, for model: Int8Model
  ) throws -> [(path: String, image: Image)] {
    let (channels, preparation) = (try model.pictureChannels, try model.preparation)
    let outcomes = concurrentMap(entries.count) { index in
      Result { () throws(ImageError) in
        let path = entries[index].path
        return preparation(try Image(contentsOf: path, channels: channels, pixelLimit: pictures.pixelLimit))
      }
    }
    var (read, skipped): ([(path: String, image: Image)], [ImageError]) = ([], [])
    for (entry, outcome) in zip(entries, outcomes) {
      switch outcome {
      case .success(let image): read.append((entry.path, image))
      case .failure(let error): skipped.append(error)
      }
    }
    reportSkipped(skipped, in: folder)
    guard !read.isEmpty else {
      throw Refusal("\(images): none of its \(entries.count) images can be read; give intact JPEGs or PNGs")
    }
    return read
  }
}
