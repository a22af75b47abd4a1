import Foundation
import ModelFormat
import TestSupport
import Testing

/// Tests each kind of bad input to the subcommands that read a model.
@Suite struct ModelRefusalTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.addModel()
  }

  private func expectRefusal(
    _ arguments: [String], status: Int32 = 1, _ messages: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.expectRefusal(arguments, status: status, messages, sourceLocation: sourceLocation)
  }

  /// Expects that every subcommand which opens a model refuses it in the same words.
  private func expectRefusal(ofModel model: String, inspect: Bool = true, _ message: String) throws {
    try expectRefusal(
      ["evaluate", model, "--images", "images", "--logits", "logits.f32"], "Error: \(model): \(message)")
    try expectRefusal(
      ["analyze", model, "--images", "images", "--checkpoint", Fixtures.reference("cifar-a.pth")],
      "Error: \(model): \(message)")
    try expectRefusal(["classify", model, "images/grey.jpg"], "Error: \(model): \(message)")
    try expectRefusal(["emit-c", model, "--output", "folder"], "Error: \(model): \(message)")
    if inspect { try expectRefusal(["inspect", model], "Error: \(model): \(message)") }
  }

  @Test func models() throws {
    let bytes = try folder.read("model.rn8")
    try folder.write("", to: "empty.rn8")
    try folder.write(bytes.prefix(bytes.count - 1), to: "cut.rn8")
    for (name, offset) in [("metadata.rn8", 200), ("weights.rn8", bytes.count - 100)] {
      var damaged = bytes
      damaged[offset] ^= 0x10
      try folder.write(damaged, to: name)
    }
    var later = bytes
    later[4] = 5
    try folder.write(later, to: "later.rn8")

    // `inspect` takes a file that is no model for a checkpoint.
    try expectRefusal(ofModel: "none.rn8", inspect: false, "cannot be read: No such file or directory; give a file")
    try expectRefusal(ofModel: "images", inspect: false, "cannot be read: a folder, not a file; give a file")
    try expectRefusal(ofModel: "empty.rn8", inspect: false, "the model is cut short")
    try expectRefusal(["inspect", "none.rn8"], "Error: none.rn8: no such file; check the path")
    try expectRefusal(["inspect", "images"], "Error: images: a folder without config.json; give ")
    try expectRefusal(["inspect", "empty.rn8"], "Error: empty.rn8: an empty file")

    try expectRefusal(ofModel: "cut.rn8", "the model is cut short: fewer bytes than it says it has; copy it again")
    try expectRefusal(ofModel: "metadata.rn8", "the model is damaged: a checksum does not match; copy it again")
    try expectRefusal(ofModel: "weights.rn8", "the model is damaged: a checksum does not match; copy it again")
    try expectRefusal(ofModel: "later.rn8", "the model was written for a later version of this library; update")
    try expectRefusal(
      ofModel: Fixtures.reference("cifar-a.pth"), inspect: false,
      "not an .rn8 model; give a file made by resnet-quantize")
  }

  @Test func images() throws {
    try folder.addImages(Fixtures.truncated, to: "cut")
    try expectRefusal(["evaluate", "model.rn8", "--images", "none"], "Error: none: no such folder")
    try expectRefusal(
      ["evaluate", "model.rn8", "--images", "cut", "--logits", "logits.f32"], "cut: left out damaged: 3",
      "Error: cut: none of its 3 images can be read; give intact JPEGs or PNGs")
  }

  @Test func classFolders() throws {
    try folder.addImages(["grey.jpg"], to: "classes/shoe")
    try folder.addImages(["grey.jpg"], to: "classes/unheard-of")
    try expectRefusal(
      ["evaluate", "model.rn8", "--images", "classes"],
      "Error: classes has 2 class folders and model.rn8 10 classes without names; quantize with --labels")

    try folder.write((["shoe"] + (1..<10).map { "class \($0)" }).joined(separator: "\n"), to: "labels.txt")
    try folder.addModel(["--labels", "labels.txt"])
    try expectRefusal(
      ["evaluate", "model.rn8", "--images", "classes"],
      "Error: classes/unheard-of: 'unheard-of' is not among the labels of model.rn8; rename the folder")
  }

  @Test(arguments: [
    ("cifar-b.safetensors", "CIFAR ResNet-", "model.rn8: CIFAR ResNet-14 (option A)"),
    ("cifar-a-odd.pth", "CIFAR ResNet-8 (option A)", "model.rn8: CIFAR ResNet-14 (option A)"),
    ("basic-grey.pth", "ResNet (basic 2-1-1-1)", "model.rn8: CIFAR ResNet-14 (option A)"),
  ])
  func anotherCheckpoint(_ name: String, _ found: String, _ expected: String) throws {
    let path = Fixtures.reference(name)
    try expectRefusal(
      ["evaluate", "model.rn8", "--images", "images", "--checkpoint", path], "Error: \(path): \(found)", expected,
      "give the checkpoint the model was made from")
  }

  /// The two networks have the same structure.
  @Test func anotherNumberOfChannels() throws {
    let path = Fixtures.reference("basic.pth")
    try folder.addImages(Fixtures.intact, to: "images")
    let outcome = try folder.run(
      Fixtures.reference("basic-grey.pth"), "--calibration", "images", "--output", "grey.rn8", "--input-size", "32")
    #expect(outcome.status == 0)
    try expectRefusal(
      ["evaluate", "grey.rn8", "--images", "images", "--checkpoint", path],
      "Error: \(path): 3 input channels, but grey.rn8: 1 input channels; give the checkpoint")
  }

  /// The two networks differ in the classifier alone, which ends the file.
  @Test func anotherNumberOfClasses() throws {
    let original = Fixtures.reference("cifar-b.safetensors")
    try folder.addImages(Fixtures.intact, to: "images")
    let outcome = try folder.run(
      original, "--calibration", "images", "--output", "ten.rn8", "--input-size", "18")
    #expect(outcome.status == 0)

    let file = try Data(contentsOf: URL(filePath: original))
    let headerSize = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    var header = String(decoding: file.dropFirst(8).prefix(headerSize), as: UTF8.self)
    for (ten, three) in [
      (#"[10],"data_offsets":[85592,85632]"#, #"[3],"data_offsets":[85592,85604]"#),
      (#"[10,20],"data_offsets":[85632,86432]"#, #"[3,20],"data_offsets":[85604,85844]"#),
    ] { header.replace(ten, with: three) }
    let values = file.dropFirst(8 + headerSize).prefix(85844)
    try folder.write(CheckpointBytes.safetensors(header, values), to: "three.safetensors")
    try expectRefusal(
      ["evaluate", "ten.rn8", "--images", "images", "--checkpoint", "three.safetensors"],
      "Error: three.safetensors: 3 outputs, but ten.rn8: 10 outputs; give the checkpoint the model was made from")
  }

  @Test func options() throws {
    let evaluate = ["evaluate", "model.rn8", "--images", "images"]
    try expectRefusal(
      evaluate + ["--kernels", "abacus"], "Error: kernels 'abacus': no kernels of that name are in this library; leave")
    try expectRefusal(
      evaluate + ["--logits", "none/logits.f32"], "Error: none/logits.f32: there is no folder none; make it first")
    try expectRefusal(evaluate + ["--samples", "0"], status: 64, "--samples 0: give a number above 0")
    try expectRefusal(evaluate + ["--samples", "-1"], status: 64, "--samples -1: give a number above 0")
    try expectRefusal(["classify", "model.rn8"], status: 64, "Missing expected argument '<images> ...'")
  }

  /// Writes `model.rn8` again, changed where a hostile hand would change it, with the checksum that goes with it.
  private func changeModel(_ change: (inout [UInt8]) -> Void) throws {
    var bytes = [UInt8](try folder.read("model.rn8"))
    change(&bytes)
    bytes.withUnsafeMutableBytes(repairChecksum)
    try folder.write(Data(bytes), to: "model.rn8")
  }

  @Test func logitsThatAreNotFinite() throws {
    try changeModel { bytes in
      let parameters = bytes.withUnsafeBytes { bytes in
        try! Model(validating: bytes.baseAddress!, size: bytes.count).layer(13).parameters
      }
      // This scale takes its logit beyond Float. (One that is not finite itself is refused at once.)
      withUnsafeBytes(of: Float.greatestFiniteMagnitude) {
        bytes.replaceSubrange(Int(parameters)..<Int(parameters) + 4, with: $0)
      }
    }
    let message = "Error: model.rn8: its logits are not finite; make it again with resnet-quantize\n"
    try expectRefusal(["classify", "model.rn8", "images/grey.jpg"], message)
    try expectRefusal(["evaluate", "model.rn8", "--images", "images", "--logits", "logits.f32"], message)
  }

  @Test func resizeBeyondAllPictures() throws {
    // Version 1 allowed any number here.
    try folder.write(Data(contentsOf: fixtures.appending(path: "models/cifar-b-odd.rn8")), to: "model.rn8")
    try changeModel { $0.replaceSubrange(68..<72, with: [0xFF, 0xFF, 0xFF, 0xFF]) }
    let message =
      "Error: model.rn8: was made for images with a shorter side of 4294967295 pixels, and at most 65536 are possible; "
      + "make it again with resnet-quantize\n"
    try expectRefusal(["classify", "model.rn8", "images/grey.jpg"], message)
    try expectRefusal(["evaluate", "model.rn8", "--images", "images"], message)
  }

  /// Names that came with the model cannot steer the terminal.
  @Test func foreignNames() throws {
    try folder.write((["[[[[["] + (1..<10).map { "[[[[[\($0)" }).joined(separator: "\n"), to: "labels.txt")
    try folder.addModel(["--labels", "labels.txt"])
    try changeModel { bytes in
      // Every string of the model gets escape characters: the network's name, those of layers and the labels.
      for (from, to) in [("[[[[[", "\u{1B}[2J\u{7}"), ("CIFAR", "\u{1B}[2J\u{7}"), ("conv", "\u{1B}[2J")] {
        let (from, to) = (Array(from.utf8), Array(to.utf8))
        for start in 0...bytes.count - from.count where bytes[start..<start + from.count].elementsEqual(from) {
          bytes.replaceSubrange(start..<start + from.count, with: to)
        }
      }
    }
    for arguments in [["inspect", "model.rn8"], ["classify", "model.rn8", "images/grey.jpg"]] {
      let outcome = try folder.run(arguments)
      #expect(outcome.status == 0 && outcome.output.contains("\\u{1B}[2J"))
      #expect(!outcome.output.utf8.contains(0x1B) && !outcome.output.utf8.contains(7))
    }
    for options in [["--json", "-"], []] {
      let outcome = try Command.run(["model.rn8", "--rounds", "1"] + options, of: "resnet-bench", in: folder)
      #expect(outcome.status == 0 && outcome.output.contains("u{1B}[2J"))
      #expect(!outcome.output.utf8.contains(0x1B) && !outcome.output.utf8.contains(7))
    }
  }

  /// A pipe would be waited for, and a device may have no end.
  @Test func modelsThatAreNoOrdinaryFiles() throws {
    try #require(mkfifo(folder["pipe.rn8"].path, 0o600) == 0)
    for (path, kind) in [("pipe.rn8", "a pipe"), ("/dev/zero", "a device")] {
      let message = "Error: \(path): cannot be read: \(kind), not a file; give a file made by resnet-quantize\n"
      for arguments in [["classify", path, "images/grey.jpg"], ["evaluate", path, "--images", "images"]] {
        let outcome = try folder.run(arguments)
        #expect(outcome.status == 1 && outcome.errors == message)
      }
    }
    try FileManager.default.removeItem(at: folder["pipe.rn8"])
    // Three gigabytes that are no model are not read.
    try folder.write("", to: "giant.rn8")
    try #require(truncate(folder["giant.rn8"].path, 3 << 30) == 0)
    let outcome = try Command.run(
      ["classify", "giant.rn8", "images/grey.jpg"], in: folder, after: "ulimit -v 2000000")
    #expect(outcome.errors == "Error: giant.rn8: not an .rn8 model; give a file made by resnet-quantize\n")
  }

  @Test func classifyGoesOnPastABadImage() throws {
    try folder.addImages(["truncated.jpg"], to: "images")
    let outcome = try folder.run(
      "classify", "model.rn8", "images/grey.jpg", "none.jpg", "images/truncated.jpg", "images/rgb-420.jpg")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("images/grey.jpg\n") && outcome.output.contains("images/rgb-420.jpg\n"))
    #expect(!outcome.output.contains("none.jpg") && !outcome.output.contains("truncated.jpg"))
    #expect(outcome.errors.contains("none.jpg: cannot be read: No such file or directory"))
    #expect(outcome.errors.contains("images/truncated.jpg: truncated or damaged: "))
  }
}
