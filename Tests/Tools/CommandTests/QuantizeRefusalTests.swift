import Foundation
import Testing

/// Tests each kind of bad input to `quantize`: the exit status, the message with its remedy, and that nothing is
/// written.
@Suite struct QuantizeRefusalTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Quantizes and expects a refusal that leaves the folder as it was. The options given follow those that would work;
  /// where an option is given twice, the last one counts.
  private func expectRefusal(
    _ extra: [String] = [], checkpoint: String? = nil, status: Int32 = 1, _ messages: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var arguments = try folder.quantization(extra)
    if let checkpoint { arguments[0] = checkpoint }
    try folder.expectRefusal(arguments, status: status, messages, sourceLocation: sourceLocation)
  }

  // MARK: Checkpoints

  @Test func missingCheckpoint() throws {
    try expectRefusal(checkpoint: "none.pth", "Error: none.pth: no such file; check the path\n")
  }

  @Test func emptyCheckpoint() throws {
    try folder.write("", to: "empty.pth")
    try expectRefusal(checkpoint: "empty.pth", "empty.pth: an empty file; the file is damaged or incomplete")
  }

  @Test func folderForACheckpoint() throws {
    try expectRefusal(
      checkpoint: "images",
      "images: a folder without config.json; give a file, or a folder as Hugging Face's hub has it")
  }

  @Test func truncatedZip() throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.reference("cifar-a.pth")))
    for length in [30, bytes.count / 2, bytes.count - 1] {
      try folder.write(bytes.prefix(length), to: "cut.pth")
      try expectRefusal(
        checkpoint: "cut.pth", "cut.pth: byte ", "the file is damaged or incomplete: copy or download it")
    }
  }

  @Test(arguments: [
    ("text.pth", "byte 0: text, beginning 'version https://'", "give a state dict written by torch.save"),
    ("plain-pickle.pth", "byte 0: a pickle that torch.save did not write", "give a state dict written by torch.save"),
    ("os-system.pth", "unknown architecture", "supported are state dicts of ResNets"),
    ("os-system-legacy.pth", "byte 137: a dictionary in which no name has", "save the weights alone"),
    ("large-tensor.pth", "larger than its storage of 24 elements", "the file is damaged or incomplete"),
    ("zip.pth", "unknown architecture", "supported are state dicts of ResNets"),
  ])
  func refusedCheckpoint(_ name: String, _ found: String, _ remedy: String) throws {
    let path = Fixtures.checkpoint(name)
    try expectRefusal(checkpoint: path, "Error: \(path): ", found, remedy)
  }

  /// The network's classifier takes another number of channels than the last block makes: 10, not 20.
  @Test func wrongShapes() throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.reference("cifar-b.safetensors")))
    // Rows and columns change places, so that the tensor has as many bytes as before.
    let shape = try #require(bytes.range(of: Data("\"shape\":[10,20]".utf8)))
    bytes.replaceSubrange(shape, with: Data("\"shape\":[20,10]".utf8))
    try folder.write(bytes, to: "wrong.safetensors")
    try expectRefusal(
      checkpoint: "wrong.safetensors", "Error: wrong.safetensors: ", "linear.weight", "[20, 10]", "[classes, 20]",
      "supported are")
  }

  // MARK: Images

  @Test func missingCalibrationFolder() throws {
    try expectRefusal(["--calibration", "none"], "Error: none: no such folder")
    try expectRefusal(
      ["--calibration", Fixtures.reference("cifar-a.pth")], "cifar-a.pth: a file, not a folder of images")
  }

  @Test func noImages() throws {
    try FileManager.default.createDirectory(at: folder["none"], withIntermediateDirectories: false)
    try folder.write("no image", to: "notes/readme.txt")
    try expectRefusal(
      ["--calibration", "none"], "Error: none: no JPEG or PNG in this folder or below: found nothing",
      "put pictures in it")
    try expectRefusal(["--calibration", "notes"], "found .txt: 1; put pictures in it")
  }

  @Test func noPictures() throws {
    try folder.addImages(["text.jpg", "empty.jpg"], to: "fakes")
    try expectRefusal(
      ["--calibration", "fakes"], "skipped fakes/text.jpg: not a picture", "fakes: left out not a picture: 2",
      "Error: fakes: none of its 2 images can be read; give intact JPEGs or PNGs")
  }

  @Test func onlyTruncatedJPEGs() throws {
    try folder.addImages(Fixtures.truncated, to: "cut")
    try expectRefusal(
      ["--calibration", "cut"], "skipped cut/truncated.jpg: truncated or damaged: ", "cut: left out damaged: 3",
      "Error: cut: none of its 3 images can be read; give intact JPEGs or PNGs")
  }

  // MARK: Options

  @Test func labels() throws {
    func expectRefusal(_ bytes: [UInt8]?, _ message: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
      if let bytes { try folder.write(Data(bytes), to: "labels.txt") }
      try self.expectRefusal(
        ["--labels", "labels.txt"], "Error: labels.txt\(message)", sourceLocation: sourceLocation)
    }
    func lines(_ last: String, _ end: String = "\n") -> [UInt8] {
      Array(((1...9).map { "class \($0)" } + [last]).map { $0 + end }.joined().utf8)
    }
    let remedy = "; give UTF-8 text with one class name a line\n"
    try expectRefusal(nil, ": cannot be read: No such file or directory" + remedy)
    try expectRefusal([0xFF, 0xFE, 0x0A], ": cannot be read: not UTF-8" + remedy)
    try expectRefusal(Array("shoe\nbag\n".utf8), ": 2 labels for the 10 classes of ")
    try expectRefusal([], ": 0 labels for the 10 classes of ")
    try expectRefusal(lines("last") + Array("more".utf8), ": 11 labels for the 10 classes of ")
    try expectRefusal(lines(""), ", line 10: empty" + remedy)
    try expectRefusal(lines("", "\r\n"), ", line 10: empty" + remedy)
    try expectRefusal(lines("a\0b"), ", line 10: the control character \\u{0}" + remedy)
    try expectRefusal(lines("\u{1B}]0;x\u{7}"), ", line 10: the control character \\u{1B}" + remedy)
    try expectRefusal(lines("a\rb"), ", line 10: the control character \\u{D}" + remedy)
    try expectRefusal(lines("e" + String(repeating: "\u{301}", count: 500)), ", line 10: 1001 bytes are more than 1000")
    try #require(truncate(folder["labels.txt"].path, 64 << 20 + 1) == 0)
    try expectRefusal(nil, ": cannot be read: 67108865 bytes are more than 67108864" + remedy)

    try FileManager.default.removeItem(at: folder["labels.txt"])
    try #require(symlink("/dev/zero", folder["labels.txt"].path) == 0)
    try expectRefusal(nil, ": cannot be read: a device, not a file" + remedy)
    try FileManager.default.removeItem(at: folder["labels.txt"])
    try FileManager.default.createDirectory(at: folder["labels.txt"], withIntermediateDirectories: false)
    try expectRefusal(nil, ": cannot be read: a folder, not a file" + remedy)
  }

  @Test func meanAndDeviation() throws {
    try expectRefusal(["--mean", "0.5"], "Error: --mean: 1 values for the 3 channels that ", "give one a channel")
    try expectRefusal(["--std", "0.5,0.5"], "Error: --std: 2 values for the 3 channels that ", "give one a channel")
    let bounds = "--std: standard deviations are of pixels scaled to 0...1, and lie in 0.0001...10000.0"
    for std in ["0.5,0,0.5", "-1,1,1", "1e-38,1e-38,1e-38", "0.5,0.5,0.00009", "0.5,0.5,10001"] {
      try expectRefusal(["--std", std], status: 64, bounds)
    }
    try expectRefusal(["--std", "nan,1,1"], status: 64, "The value 'nan,1,1' is invalid for '--std <std>'")
    try expectRefusal(["--mean", "a,b,c"], status: 64, "The value 'a,b,c' is invalid for '--mean <mean>'")
  }

  @Test(arguments: ["garbage", "0", "0x28", "28x0", "-28", "28x", "28x28x3", "65537", "9223372036854775808"])
  func inputSize(_ size: String) throws {
    try expectRefusal(
      ["--input-size=\(size)"], status: 64, "The value '\(size)' is invalid for '--input-size", "HEIGHTxWIDTH")
  }

  @Test func cropOfAnotherSquare() throws {
    try expectRefusal(
      ["--input-size", "18x20", "--crop-pct", "0.9"],
      "Error: --crop-pct: the input is 18x20, and not a square; give --resize\n")
    try expectRefusal(
      ["--crop-pct", "0.0001"],
      "Error: --crop-pct 0.0001: the shorter side would have 180000 pixels, and at most 65536 are possible\n")
  }

  @Test func inputTooLarge() throws {
    try expectRefusal(
      ["--input-size", "2000"], ": an input of 2000x2000 is too large", "choose a smaller input size")
  }

  @Test(arguments: [
    (["--samples", "0"], "--samples 0: give a number above 0"),
    (["--samples", "-5"], "--samples -5: give a number above 0"),
    (["--resize", "-1"], "The value '-1' is invalid for '--resize <pixels>'"),
    (["--resize", "65537"], "The value '65537' is invalid for '--resize <pixels>'"),
    (["--resize", "0x28"], "The value '0x28' is invalid for '--resize <pixels>'"),
    (["--crop-pct", "0"], "--crop-pct 0.0: give 0 to 1, such as 0.875"),
    (["--crop-pct", "-1"], "--crop-pct -1.0: give 0 to 1, such as 0.875"),
    (["--crop-pct", "1.01"], "--crop-pct 1.01: give 0 to 1, such as 0.875"),
    (["--crop-pct", "nan"], "--crop-pct nan: give 0 to 1, such as 0.875"),
    (["--crop-pct", "0.9", "--resize", "20"], "--crop-pct 0.9: give it or --resize, not both"),
    (["--interpolation", "nearest"], "'nearest' is invalid for '--interpolation <interpolation>'"),
    (["--mean", "123.675,116.28,103.53"], "--mean: means are of pixels scaled to 0...1; divide those of bytes by 255"),
    (["--method", "median"], "'median' is invalid for '--method <method>'. Please provide one of 'min-max' and 'mse'"),
    (["--residual-bits", "12"], "'12' is invalid for '--residual-bits <8|16>'"),
    (["--dilate-stage", "1"], "--dilate-stage 1: the stages that can be dilated are 2, 3 and 4"),
    (["second.pth"], "Unexpected argument 'second.pth'"),
    (["--unknown"], "Unknown option '--unknown'"),
  ])
  func options(_ options: [String], _ message: String) throws {
    try expectRefusal(options, status: 64, message, "Usage: resnet-quantize quantize")
  }

  /// What a terminal would obey is shown as text, and no message is longer than a screen.
  @Test func foreignNames() throws {
    try expectRefusal(checkpoint: "\u{1B}[2J\n.pth", "Error: \\u{1B}[2J\\u{A}.pth: no such file")
    try expectRefusal(
      ["--method", "\u{1B}[2J"], status: 64, "The value '\\u{1B}[2J' is invalid for '--method <method>'")
    let outcome = try folder.run(folder.quantization(["--method", String(repeating: "m", count: 100_000)]))
    #expect(outcome.status == 64)
    #expect(outcome.errors.utf8.count < 1300 && outcome.errors.contains("See 'resnet-quantize quantize --help'"))
  }

  @Test func missingOptions() throws {
    let outcome = try folder.run("network.pth")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("Missing expected argument '--calibration <folder>'"))
  }
}
