import Checkpoints
import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Tests `analyze` as a user runs it: its lines, its report and its refusals.
@Suite struct AnalyzeTests {
  let folder: TemporaryFolder
  private static let checkpoint = Fixtures.reference("cifar-a.pth")

  init() throws {
    folder = try TemporaryFolder()
    try folder.addModel()
  }

  private func analyze(
    _ options: [String] = [], model: String = "model.rn8", checkpoint: String = checkpoint, images: String = "images",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Command.Outcome {
    let outcome = try folder.run(
      ["analyze", model, "--checkpoint", checkpoint, "--images", images] + options)
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    return outcome
  }

  /// Returns the page, which an XML parser reads, and expects that nothing is loaded from elsewhere.
  private func page(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let page = String(decoding: try folder.read(name), as: UTF8.self)
    #expect(page.hasPrefix("<!DOCTYPE html>\n"), sourceLocation: sourceLocation)
    for foreign in ["http:", "https:", "<script", "<link ", "@import", "url("] {
      #expect(!page.contains(foreign), "\(foreign)", sourceLocation: sourceLocation)
    }
    #expect(
      page.ranges(of: "src=\"").count == page.ranges(of: "src=\"data:image/png;base64,").count,
      sourceLocation: sourceLocation)
    // XML has no tags without an end.
    let closed = page.replacing(/<(meta|img)\b[^>]*/) { $0.output.0 + "/" }
    let parser = XMLParser(data: Data(closed.utf8))
    #expect(
      parser.parse(), "\(String(describing: parser.parserError)) \(parser.lineNumber)", sourceLocation: sourceLocation)
    return page
  }

  @Test func linesAreThoseOfTheLayersAndOfEvaluate() throws {
    let outcome = try analyze()
    #expect(outcome.errors == "")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "images        10")
    #expect(lines[4] == "" && lines[5].split(separator: " ").prefix(4) == ["layer", "together", "alone", "share"])
    #expect(lines[6].hasPrefix("conv1 ") && lines[6].contains(" dB"))
    #expect(lines.contains { $0.hasPrefix("worst         ") })
    #expect(lines.contains { $0.hasPrefix("  cause       ") })

    let evaluated = try folder.run("evaluate", "model.rn8", "--images", "images", "--checkpoint", Self.checkpoint)
      .output
    let common = lines.filter { $0.hasPrefix("same class") || $0.hasPrefix("logit SQNR") }
    #expect(common.count == 2)
    for line in common { #expect(evaluated.contains("\(line)\n")) }
  }

  @Test func samplesAndSkippedPictures() throws {
    #expect(try analyze(["--samples", "3"]).output.hasPrefix("images        3\nsame class"))
    try folder.addImages(["truncated.jpg"], to: "images")
    let outcome = try analyze()
    #expect(outcome.output.hasPrefix("images        10\nskipped       1\nsame class"))
    #expect(outcome.errors.hasPrefix("resnet-quantize: skipped images/truncated.jpg: "))
  }

  // MARK: A channel that is wider than the others

  /// Returns a checkpoint with random weights. Channel 2 between the convolutions of the block `layer2.1` is `factor` times as
  /// large, and what reads it as many times as small.
  private func checkpoint(factor: Float) throws -> Data {
    var random = SeededGenerator(state: 3)
    var checkpoint = SyntheticCheckpoint.cifar(depth: 2, shortcut: "shortcut")
    for (name, tensor) in checkpoint.tensors.sorted(by: { $0.key < $1.key }) where tensor.shape.count > 1 {
      let depth = Float(tensor.values.count / tensor.shape[0])
      let values = random.floats(tensor.values.count, within: (3 / depth).squareRoot())
      checkpoint.tensors[name] = Tensor(shape: tensor.shape, values: values)
    }
    func scale(_ name: String, by factor: Float, where isScaled: (Int) -> Bool) {
      let tensor = checkpoint.tensors[name]!
      checkpoint.tensors[name] = Tensor(
        shape: tensor.shape, values: tensor.values.enumerated().map { isScaled($0) ? $1 * factor : $1 })
    }
    scale("layer2.1.bn1.weight", by: factor) { $0 == 2 }
    scale("layer2.1.bn1.bias", by: factor) { $0 == 2 }
    scale("layer2.1.conv2.weight", by: 1 / factor) { $0 / 9 % 8 == 2 }
    return checkpoint.safetensors
  }

  @Test func aWideChannelIsNamed() throws {
    for (name, factor) in [("even", Float(1)), ("wide", 100)] {
      try folder.write(checkpoint(factor: factor), to: "\(name).safetensors")
      let outcome = try folder.run(
        "\(name).safetensors", "--calibration", "images", "--output", "\(name).rn8", "--input-size", "18")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let even = try analyze(model: "even.rn8", checkpoint: "even.safetensors").output
    #expect(!even.contains("channel 2 is "))
    let lines = try analyze(model: "wide.rn8", checkpoint: "wide.safetensors").output.split(separator: "\n")
    let worst = try #require(lines.firstIndex { $0.hasPrefix("worst ") })
    #expect(lines[worst].hasPrefix("worst         layer2.1.conv1: "))
    #expect(lines[worst + 1].hasPrefix("  cause       channel 2 is "))
    #expect(lines[worst + 1].contains(" times as wide as the median channel, "))
    #expect(
      lines[worst + 2].hasPrefix("  remedy      in the checkpoint, divide channel 2's batch norm weight and bias by "))
  }

  // MARK: The report

  @Test func theReportIsOnePage() throws {
    _ = try analyze(["--report", "report.html"])
    let page = try page("report.html")
    for id in ["worst", "layers", "shares", "values", "weights", "pictures", "memory"] {
      #expect(page.contains("<section id=\"\(id)\""), "\(id)")
    }
    #expect(!page.contains("<section id=\"time\""))
    #expect(page.contains("prefers-color-scheme: dark") && page.contains(", remainders: "))
    // Each chart has a title for those who do not see it.
    #expect(page.ranges(of: "<svg ").count == page.ranges(of: "role=\"img\" aria-label=\"").count)
  }

  /// A classifier whose biases are others' makes all pictures change their class.
  @Test func picturesThatChangedClass() throws {
    var checkpoint = SyntheticCheckpoint.cifar(depth: 1, shortcut: "shortcut")
    checkpoint.tensors["linear.bias"] = Tensor(shape: [10], values: (0..<10).map { Float($0 == 3 ? 5 : 0) })
    try folder.write(checkpoint.safetensors, to: "one.safetensors")
    checkpoint.tensors["linear.bias"] = Tensor(shape: [10], values: (0..<10).map { Float($0 == 4 ? 5 : 0) })
    try folder.write(checkpoint.safetensors, to: "other.safetensors")
    try folder.write((0..<10).map { "<b>\($0)&\"'" }.joined(separator: "\n"), to: "labels.txt")
    for copy in 0..<2 {
      for (index, image) in Fixtures.intact.enumerated() {
        try folder.write(Data(contentsOf: Fixtures.image(image)), to: "a<i>&b/\(copy)\(index)<u>.\(image)")
      }
    }
    let quantized = try folder.run(
      "one.safetensors", "--calibration", "images", "--output", "one.rn8", "--input-size", "18", "--labels",
      "labels.txt")
    #expect(quantized.status == 0, "\(quantized.errors)")
    _ = try analyze(["--report", "report.html"], model: "one.rn8", checkpoint: "other.safetensors", images: "a<i>&b")
    let page = try page("report.html")
    #expect(page.contains("different classes for 20 of 20 pictures. The first 12 are shown."))
    #expect(page.ranges(of: "<img ").count == 12)
    #expect(
      page.contains("<ol><li>&lt;b&gt;4&amp;&quot;&#39; ") && page.contains("<ol><li>&lt;b&gt;3&amp;&quot;&#39; "))
    #expect(page.contains("on pictures of a&lt;i&gt;&amp;b.") && page.contains("<h3>00&lt;u&gt;.rgb-420.jpg</h3>"))
    #expect(!page.contains("<b>") && !page.contains("<i>") && !page.contains("<u>"))
  }

  // MARK: Times

  @Test func times() throws {
    let bench = try Command.run(
      ["model.rn8", "--rounds", "1", "--json", "bench.json"], of: "resnet-bench", in: folder)
    #expect(bench.status == 0, "\(bench.errors)")
    _ = try analyze(["--report", "report.html", "--benchmark", "bench.json"])
    #expect(try page("report.html").contains("<section id=\"time\""))
  }

  // MARK: Refusals

  private func expectRefusal(
    _ options: [String], model: String = "model.rn8", checkpoint: String = checkpoint, images: String = "images",
    status: Int32 = 1, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.expectRefusal(
      ["analyze", model, "--checkpoint", checkpoint, "--images", images] + options, status: status, [message],
      sourceLocation: sourceLocation)
  }

  @Test func options() throws {
    try expectRefusal(["--samples", "0"], status: 64, "Error: --samples 0: give a number above 0")
    try expectRefusal(
      ["--benchmark", "bench.json"], status: 64, "Error: --benchmark: give --report FILE too, which shows the times")
    try folder.expectRefusal(
      ["analyze", "model.rn8", "--images", "images"], status: 64, ["Error: Missing expected argument '--checkpoint"],
      sourceLocation: #_sourceLocation)
  }

  @Test func inputs() throws {
    try expectRefusal([], images: "none", "Error: none: no such folder")
    try folder.addImages(Fixtures.truncated, to: "cut")
    try expectRefusal([], images: "cut", "Error: cut: none of its 3 images can be read; give intact JPEGs or PNGs")
    try expectRefusal(
      [], checkpoint: Fixtures.reference("cifar-b-grey.pth"),
      "but model.rn8: CIFAR ResNet-14 (option A); give the checkpoint the model was made from")
  }

  /// The same network with other weights is not what the model was made from.
  @Test func otherWeights() throws {
    try folder.write(self.checkpoint(factor: 1), to: "one.safetensors")
    let quantized = try folder.run(
      "one.safetensors", "--calibration", "images", "--output", "one.rn8", "--input-size", "18")
    #expect(quantized.status == 0, "\(quantized.errors)")
    var other = SyntheticCheckpoint.cifar(depth: 2, shortcut: "shortcut")
    var random = SeededGenerator(state: 4)
    for (name, tensor) in other.tensors.sorted(by: { $0.key < $1.key }) where tensor.shape.count > 1 {
      other.tensors[name] = Tensor(shape: tensor.shape, values: random.floats(tensor.values.count, within: 0.2))
    }
    try folder.write(other.safetensors, to: "other.safetensors")
    try expectRefusal(
      [], model: "one.rn8", checkpoint: "other.safetensors",
      "Error: one.rn8: its weights are not those of this checkpoint, in the same network; give the checkpoint")
  }

  @Test func outputs() throws {
    try expectRefusal(
      ["--report", "model.rn8"], "Error: model.rn8: would overwrite model.rn8, which is read; give another name")
    try expectRefusal(
      ["--report", "images/grey.jpg"], "Error: images/grey.jpg: would overwrite images/grey.jpg, which is read")
    try folder.write("{}", to: "bench.json")
    try expectRefusal(
      ["--report", "bench.json", "--benchmark", "bench.json"], "Error: bench.json: would overwrite bench.json")
    try expectRefusal(
      ["--report", "none/report.html"], "Error: none/report.html: there is no folder none; make it first")
  }

  @Test func benchmarks() throws {
    let remedy = "give what resnet-bench --json wrote for this model"
    func expectRefusal(_ json: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
      try folder.write(json, to: "bench.json")
      try self.expectRefusal(
        ["--report", "report.html", "--benchmark", "bench.json"], "Error: bench.json: \(message); \(remedy)",
        sourceLocation: sourceLocation)
    }
    try folder.write("{", to: "bench.json")
    try self.expectRefusal(
      ["--report", "report.html", "--benchmark", "bench.json"], "Error: bench.json: line 1, column 2: ")
    try expectRefusal("{}", "not the measurements of resnet-bench")
    try expectRefusal(#"{"kernels":[]}"#, "its kernels have no times of layers")
    try expectRefusal(
      #"{"kernels":[{"name":"a","run":{"minMilliseconds":1},"layers":[{"name":"x"}]}]}"#,
      "its kernels have no times of layers")
    try expectRefusal(
      #"{"kernels":[{"name":"a","run":{"minMilliseconds":1},"layers":[{"name":"x","timing":{"minMilliseconds":1.5}}]}]}"#,
      "the layers that it times are not those of model.rn8")
  }
}
