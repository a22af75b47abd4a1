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
    try expectRefusal(checkpoint: "images", "images: a directory; give a state dict written by torch.save")
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
    ("os-system.pth", "byte 258: the pickle names the global posix.system", "is not run; save the weights alone"),
    ("os-system-legacy.pth", "byte 156: the pickle names the global posix.system", "save the weights alone"),
    ("large-tensor.pth", "larger than its storage of 24 elements", "the file is damaged or incomplete"),
    ("nan.pth", "tensor weight is nan at index [1, 2, 0, 1]", "use an earlier checkpoint"),
    ("overflow.pth", "tensor bias is inf at index [0]", "use an earlier checkpoint"),
    ("zip.pth", "unknown architecture", "supported are state dicts of torchvision's ResNet"),
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
      ["--calibration", "none"], "Error: none: no JPEG in this folder: found 0 other files", "put .jpg files")
    try expectRefusal(["--calibration", "notes"], "Error: notes: no JPEG in this folder: found 1 other files")
  }

  @Test func noJPEGs() throws {
    try folder.addImages(["text.jpg", "png.jpg", "empty.jpg"], to: "fakes")
    try expectRefusal(
      ["--calibration", "fakes"], "skipped fakes/text.jpg: not a JPEG", "skipped 3 of 3 images",
      "Error: fakes: none of its 3 images can be read; give intact JPEGs")
  }

  @Test func onlyTruncatedJPEGs() throws {
    try folder.addImages(Fixtures.truncated, to: "cut")
    try expectRefusal(
      ["--calibration", "cut"], "skipped cut/truncated.jpg: truncated or damaged JPEG", "skipped 3 of 3 images",
      "Error: cut: none of its 3 images can be read; give intact JPEGs")
  }

  // MARK: Output

  @Test func missingOutputFolder() throws {
    try expectRefusal(["--output", "none/model.rn8"], "Error: none/model.rn8: there is no folder none; make it first")
  }

  @Test func folderForAnOutput() throws {
    try expectRefusal(["--output", "images"], "Error: images: a folder; give the name of a file in it")
  }

  @Test func outputThatIsAnInput() throws {
    let checkpoint = try Data(contentsOf: URL(fileURLWithPath: Fixtures.reference("cifar-a.pth")))
    try folder.write(checkpoint, to: "own.pth")
    try FileManager.default.createSymbolicLink(at: folder["link.rn8"], withDestinationURL: folder["own.pth"])
    for output in ["own.pth", "link.rn8"] {
      let outcome = try folder.run("own.pth", "--calibration", "images", "--output", output)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("Error: \(output): would overwrite own.pth, which is read; give another name"))
    }
    #expect(try folder.read("own.pth") == checkpoint)
  }

  @Test func outputThatIsNoOrdinaryFile() throws {
    try #require(mkfifo(folder["pipe"].path, 0o600) == 0)
    let outcome = try folder.run(Fixtures.reference("cifar-a.pth"), "--calibration", "images", "--output", "pipe")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("Error: pipe: not an ordinary file, and would be replaced by one"))
    try #require(unlink(folder["pipe"].path) == 0)
  }

  @Test func unwritableOutput() throws {
    // The superuser may write in a read-only folder, but not in /proc.
    var locked = "/proc"
    if geteuid() != 0 {
      locked = "locked"
      try FileManager.default.createDirectory(
        at: folder[locked], withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
    }
    try expectRefusal(["--output", "\(locked)/model.rn8"], "Error: \(locked)/model.rn8: cannot be written: ")
  }

  @Test func existingOutputStays() throws {
    try folder.write("precious", to: "model.rn8")
    try expectRefusal(checkpoint: "none.pth", "no such file")
    try expectRefusal(["--calibration", "none"], "no such folder")
    #expect(try folder.read("model.rn8") == Data("precious".utf8))
  }

  // MARK: Options

  @Test func labels() throws {
    try folder.write("shoe\nbag\n", to: "two.txt")
    try folder.write(Data([0xFF, 0xFE, 0x0A]), to: "bytes.txt")
    try expectRefusal(
      ["--labels", "none.txt"], "Error: none.txt: cannot be read as UTF-8 text", "one class name a line")
    try expectRefusal(["--labels", "bytes.txt"], "Error: bytes.txt: cannot be read as UTF-8 text")
    try expectRefusal(["--labels", "two.txt"], "Error: two.txt: 2 labels for the 10 classes of ", "give one a line")
  }

  @Test func meanAndDeviation() throws {
    try expectRefusal(["--mean", "0.5"], "Error: --mean: 1 values for the 3 channels that ", "give one a channel")
    try expectRefusal(["--std", "0.5,0.5"], "Error: --std: 2 values for the 3 channels that ", "give one a channel")
    try expectRefusal(["--std", "0.5,0,0.5"], status: 64, "--std: standard deviations are above 0")
    try expectRefusal(["--std", "-1,1,1"], status: 64, "--std: standard deviations are above 0")
    try expectRefusal(["--mean", "a,b,c"], status: 64, "The value 'a,b,c' is invalid for '--mean <mean>'")
  }

  @Test(arguments: ["garbage", "0", "-28", "28x", "28x28x3", "65537", "9223372036854775808"])
  func inputSize(_ size: String) throws {
    try expectRefusal(
      ["--input-size=\(size)"], status: 64, "The value '\(size)' is invalid for '--input-size", "HEIGHTxWIDTH")
  }

  @Test func inputTooLarge() throws {
    try expectRefusal(
      ["--input-size", "2000"], "Error: an input of 2000x2000 is too large", "choose a smaller input size")
  }

  @Test(arguments: [
    (["--samples", "0"], "--samples 0: give a number above 0"),
    (["--samples", "-5"], "--samples -5: give a number above 0"),
    (["--resize", "-1"], "--resize -1: give 1 to 65536 pixels"),
    (["--resize", "4294967296"], "--resize 4294967296: give 1 to 65536 pixels"),
    (["--mean", "123.675,116.28,103.53"], "--mean: means are of pixels scaled to 0...1; divide those of bytes by 255"),
    (["--method", "median"], "'median' is invalid for '--method <method>'. Please provide one of 'min-max' and 'mse'"),
    (["--dilate-stage", "1"], "--dilate-stage 1: the stages that can be dilated are 2, 3 and 4"),
    (["second.pth"], "Unexpected argument 'second.pth'"),
    (["--unknown"], "Unknown option '--unknown'"),
  ])
  func options(_ options: [String], _ message: String) throws {
    try expectRefusal(options, status: 64, message, "Usage: resnet-quantize quantize")
  }

  @Test func missingOptions() throws {
    let outcome = try folder.run("network.pth")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("Missing expected argument '--calibration <folder>'"))
  }
}
