import Foundation
import TestSupport
import Testing

/// Tests the numbers that `classify` and `evaluate` print and that `quantize` writes, not only their form. What they
/// must be is computed here from the logits.
@Suite struct ValueTests {
  let folder: TemporaryFolder
  /// The labels are in no order, so that a class's number and its folder's place differ.
  private static let labels = ["kappa", "beta", "iota", "delta", "alpha", "zeta", "eta", "theta", "gamma", "epsilon"]

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.labels.joined(separator: "\n"), to: "labels.txt")
    try folder.addModel(["--labels", "labels.txt"])
  }

  private func output(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let outcome = try folder.run(arguments)
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  /// Returns the int8 logits of an image.
  private func logits(_ image: String) throws -> [Float] {
    try folder.addImages([image], to: "only-\(image)")
    _ = try output("evaluate", "model.rn8", "--images", "only-\(image)", "--logits", "\(image).f32")
    return try floats(folder["\(image).f32"])
  }

  /// Returns classes with their logits, the likeliest first.
  private func ranking(_ logits: [Float]) -> [(index: Int, logit: Float)] {
    logits.enumerated().map { (index: $0, logit: $1) }.sorted { $0.logit > $1.logit }
  }

  @Test(arguments: [true, false])
  func classifyPrintsTheLikeliestFirst(hasLabels: Bool) throws {
    if !hasLabels { try folder.addModel() }
    for image in ["grey.jpg", "rgb-420.jpg"] {
      let logits = try logits(image).map(Double.init)
      let total = logits.reduce(0) { $0 + exp($1) }
      let lines = ranking(logits.map(Float.init)).prefix(5).map { index, _ in
        String(format: "  %6.2f %%  ", 100 * exp(logits[index]) / total)
          + (hasLabels ? Self.labels[index] : "class \(index)")
      }
      #expect(
        try output("classify", "model.rn8", "images/\(image)")
          == (["images/\(image)"] + lines).map { $0 + "\n" }.joined())
    }
  }

  /// Every image lies in the folder of its likeliest class, except one, which lies in that of a class that no image has.
  /// The checkpoint's classifier is changed so that the float network calls every image this class.
  @Test func evaluateCountsTheModelsClasses() throws {
    var arguments = try folder.quantization(["--labels", "labels.txt"])
    arguments[0] = Fixtures.reference("cifar-b.safetensors")
    try #require(try folder.run(arguments).status == 0)
    let images = Fixtures.intact
    let classes = try images.map { ranking(try logits($0))[0].index }
    let other = Self.labels.indices.first { !classes.contains($0) }!
    let folders = classes.dropLast() + [other]
    for (image, index) in zip(images, folders) { try folder.addImages([image], to: "test/\(Self.labels[index])") }
    try folder.write(checkpointThatChooses(other), to: "other.safetensors")

    let text = try output(
      "evaluate", "model.rn8", "--images", "test", "--checkpoint", "other.safetensors", "--logits", "all.f32")
    func percent(_ count: Int) -> String { String(format: "%.2f %%", 100 * Double(count) / Double(images.count)) }
    var lines = text.split(separator: "\n").map(String.init)
    let inTopFive = try zip(images, folders).count { image, index in
      ranking(try logits(image)).prefix(5).contains { $0.index == index }
    }
    // Float's top 5 and the SQNR are not known here.
    #expect(lines.remove(at: 6).hasPrefix("logit SQNR    ") && lines.remove(at: 2).hasPrefix("float top-5   "))
    let counts = Dictionary(grouping: classes.dropLast()) { $0 }.mapValues(\.count)
    let gains = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3)
    #expect(
      lines == [
        "images        10", "float top-1   \(percent(1))", "int8 top-1    \(percent(images.count - 1))",
        "int8 top-5    \(percent(inTopFive))", "same class    \(percent(0))",
        "lost          \(Self.labels[other]): 1 -> 0 of 1",
      ] + gains.map { "gained        \(Self.labels[$0.key]): 0 -> \($0.value) of \($0.value)" })
    let order = zip(images, folders).map { "\(Self.labels[$1])/\($0)" }.sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    let rows = try order.flatMap { try logits(String($0.split(separator: "/")[1])) }
    #expect(try floats(folder["all.f32"]) == rows)
  }

  /// Returns the model's checkpoint with a bias of 1,000 for one class.
  private func checkpointThatChooses(_ index: Int) throws -> Data {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.reference("cifar-b.safetensors")))
    let count = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    let header = try JSONSerialization.jsonObject(with: bytes[8..<8 + count]) as! [String: [String: Any]]
    let start = 8 + count + (header["linear.bias"]!["data_offsets"] as! [Int])[0] + index * 4
    withUnsafeBytes(of: Float(1000)) { bytes.replaceSubrange(start..<start + 4, with: $0) }
    return bytes
  }

  /// Among five classes or fewer, every class is one of the five likeliest. The two networks are as one.
  @Test func evaluateOfFewClasses() throws {
    let checkpoint = Fixtures.reference("cifar-a-odd.pth")
    var arguments = try folder.quantization()
    arguments[0] = checkpoint
    try #require(try folder.run(arguments).status == 0)
    for name in ["a", "b", "c"] { try folder.addImages(["grey.jpg"], to: "three/\(name)") }
    let titles = try output("evaluate", "model.rn8", "--images", "three", "--checkpoint", checkpoint)
      .split(separator: "\n").map { $0.prefix(14) }
    #expect(titles == ["images        ", "float top-1   ", "int8 top-1    ", "same class    ", "logit SQNR    "])
  }

  @Test func evaluateTakesSamples() throws {
    for (count, images) in [("1", 1), ("4", 4), ("10", 10), ("100", 10)] {
      #expect(
        try output("evaluate", "model.rn8", "--images", "images", "--samples", count) == "images        \(images)\n")
    }
  }

  /// A folder whose name two classes have cannot be told to one of them.
  @Test func sharedLabels() throws {
    try folder.write((["same", "same"] + Self.labels.dropFirst(2)).joined(separator: "\n"), to: "labels.txt")
    try folder.addModel(["--labels", "labels.txt"])
    try folder.addImages(["grey.jpg"], to: "test/same")
    try folder.expectRefusal(
      ["evaluate", "model.rn8", "--images", "test"], status: 1,
      ["Error: test/same: 'same' is the label of 2 classes of model.rn8; quantize with labels that differ\n"],
      sourceLocation: #_sourceLocation)
  }

  // MARK: What quantize writes

  /// What a header says about the images, and the model's bytes after the header.
  private struct Contents: Equatable {
    let resize: UInt32
    let mean, std: [Float]
    let height, width: UInt32
    let body: Data
  }

  private func model(_ options: String..., of checkpoint: String = "cifar-a.pth") throws -> Contents {
    var arguments = try folder.quantization(options)
    arguments[0] = Fixtures.reference(checkpoint)
    let outcome = try folder.run(arguments)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let bytes = try folder.read("model.rn8")
    return bytes.withUnsafeBytes { bytes in
      func floats(_ offset: Int) -> [Float] {
        (0..<4).map { bytes.loadUnaligned(fromByteOffset: offset + 4 * $0, as: Float.self) }
      }
      func integer(_ offset: Int) -> UInt32 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
      // The offsets are those of docs/file-format.md.
      return Contents(
        resize: integer(68), mean: floats(72), std: floats(88), height: integer(124), width: integer(128),
        body: Data(bytes[120...]))
    }
  }

  /// Few pictures have ranges in which hardly anything is clipped, by either method.
  @Test func methodReachesTheModel() throws {
    let picture = try Data(contentsOf: Fixtures.image(Fixtures.intact[0]))
    for index in 0..<500 { try folder.write(picture, to: "images/\(index).jpg") }
    let (leastSquares, minMax) = (try model(), try model("--method", "min-max"))
    #expect(minMax.body != leastSquares.body && minMax.body.count == leastSquares.body.count)
  }

  @Test func optionsReachTheModel() throws {
    let plain = try model()
    #expect(plain.resize == 18 && plain.mean == [0.485, 0.456, 0.406, 0] && plain.std == [0.229, 0.224, 0.225, 0])
    #expect(try model("--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225", "--resize", "18") == plain)

    let mean = try model("--mean", "0.25,0.5,0.75")
    #expect(mean.mean == [0.25, 0.5, 0.75, 0] && mean.std == plain.std && mean.body != plain.body)
    let std = try model("--std", "0.5,0.25,0.125")
    #expect(std.std == [0.5, 0.25, 0.125, 0] && std.mean == plain.mean && std.body != plain.body)
    let resized = try model("--resize", "24")
    #expect(resized.resize == 24 && resized.body != plain.body, "the middle of larger images is another picture")
    #expect(try model("--method", "mse") == plain)
    #expect(try model("--samples", "1").body != plain.body)
    #expect(try model("--input-size", "224", of: "basic.pth").resize == 256)
    let wide = try model("--input-size", "20x24")
    #expect(wide.height == 20 && wide.width == 24 && wide.resize == 24, "no side of the crop is padded")
    let grey = try model("--input-size", "32", of: "basic-grey.pth")
    #expect(grey.mean == [(0.485 + 0.456 + 0.406) / 3, 0, 0, 0] && grey.std == [(0.229 + 0.224 + 0.225) / 3, 0, 0, 0])
  }

  /// `inspect` names what a block adds.
  @Test func shortcutsOfACheckpoint() throws {
    let lines = try output("inspect", Fixtures.reference("basic.pth")).split(separator: "\n")
    func operation(_ layer: String) throws -> Substring {
      try #require(lines.first { $0.contains(" \(layer) ") })
    }
    #expect(try operation("layer1.1.conv2").contains("3x3 + shortcut, ReLU"))
    #expect(try operation("layer2.0.conv2").contains("3x3 + projection, ReLU"))
    #expect(try operation("layer2.0.conv1").contains("3x3 /2, ReLU"))
  }

  /// The stride of a bottleneck lies in another convolution, whose output then has other sides.
  @Test func strideIn1x1() throws {
    func shapes(_ flags: [String]) throws -> [Substring] {
      var arguments = try folder.quantization(flags)
      arguments[0] = Fixtures.reference("bottleneck-v1.pth")
      try #require(try folder.run(arguments).status == 0)
      return try output("inspect", "model.rn8").split(separator: "\n").filter { $0.contains("layer2.0.conv1") }
    }
    let (plain, first) = (try shapes([]), try shapes(["--stride-in-1x1"]))
    #expect(plain.count == 1 && plain[0].contains(/1x1 .* 5x5x\d+ +5x5x\d+$/), "\(plain)")
    #expect(first.count == 1 && first[0].contains(/1x1 \/2 .* 5x5x\d+ +3x3x\d+$/), "\(first)")
  }
}
