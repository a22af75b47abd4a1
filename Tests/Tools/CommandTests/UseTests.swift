import Foundation
import Testing

/// Tests what the README shows, on a narrow network and a handful of images.
@Suite struct UseTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Expects success with nothing on standard error, since progress is only shown on terminals. Returns the output.
  private func output(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let outcome = try folder.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.errors == "", sourceLocation: sourceLocation)
    return outcome.output
  }

  @Test func help() throws {
    #expect(try output(["--version"]) == "0.1.0\n")
    let help = try output(["--help"])
    for subcommand in ["quantize", "evaluate", "merge", "analyze", "classify", "prepare", "inspect"] {
      #expect(help.contains("\n  \(subcommand) "))
      #expect(try output([subcommand, "--help"]).contains("USAGE: resnet-quantize \(subcommand)"))
    }
    #expect(try output(["quantize", "--help"]).contains("else 224)"))
  }

  @Test func quantizeEvaluateClassifyInspect() throws {
    let labels = (0..<10).map { "class-\($0)" }
    // The line ends are those that Windows writes.
    try folder.write(labels.joined(separator: "\r\n") + "\r\n", to: "labels.txt")
    let arguments = try folder.quantization(["--labels", "labels.txt"])

    let quantized = try output(arguments)
    let model = try folder.read("model.rn8")
    let reading =
      "\(arguments[0]): CIFAR ResNet-14 (option A) by kuangliu's names; assumed: stem stride 1, no max pool, ReLU, "
      + "batch norm epsilon 1e-05, shortcuts, average pool before the head"
    #expect(
      quantized.hasPrefix(
        "\(reading); input 18x18 (told) of pictures whose shorter side becomes 18, bilinear\n"
          + "model.rn8: CIFAR ResNet-14 (option A), input 18x18x3, 10 outputs, "))
    #expect(quantized.hasSuffix("calibrated on 10 images\n"))
    #expect(try folder.contents.filter { $0.hasPrefix("model.rn8") } == ["model.rn8"])

    #expect(try output(["quantize"] + arguments) == quantized, "the default subcommand")
    #expect(try folder.read("model.rn8") == model, "the same bytes on every run")

    let inspected = try output(["inspect", "model.rn8"])
    #expect(inspected.hasPrefix("CIFAR ResNet-14 (option A): input 18x18x3, 10 outputs, "))
    #expect(inspected.split(separator: "\n").count == 17)
    #expect(inspected.contains("\nresidual stream in 16 bits\n"))
    #expect(try output(arguments + ["--residual-bits", "16"]) == quantized)
    #expect(try output(["inspect", "model.rn8"]) == inspected)
    _ = try output(arguments + ["--residual-bits", "8"])
    #expect(try !output(["inspect", "model.rn8"]).contains("residual stream"))
    _ = try output(arguments)
    #expect(
      try output(["inspect", arguments[0]]).hasPrefix(
        "\(reading)\nCIFAR ResNet-14 (option A): 3 input channels, 15 layers\n"))

    let classified = try output(["classify", "model.rn8", "images/grey.jpg", "images/rgb-420.jpg"])
    let lines = classified.split(separator: "\n")
    #expect(lines.count == 12 && lines[0] == "images/grey.jpg" && lines[6] == "images/rgb-420.jpg")
    #expect(lines[1].contains(/^  [ 0-9]{3}\.\d\d %  class-\d$/))

    for (label, image) in [("class-7", "grey.jpg"), ("class-2", "rgb-420.jpg"), ("class-2", "cmyk.jpg")] {
      try folder.addImages([image], to: "test/\(label)")
    }
    let evaluated = try output(["evaluate", "model.rn8", "--images", "test", "--checkpoint", arguments[0]])
    #expect(
      evaluated.split(separator: "\n").prefix(7).map { $0.prefix(14) } == [
        "images        ", "float top-1   ", "float top-5   ", "int8 top-1    ", "int8 top-5    ", "same class    ",
        "logit SQNR    ",
      ])
    #expect(evaluated.hasPrefix("images        3\n") && evaluated.contains(/\nint8 top-1    \d+\.\d\d %\n/))
    let ratio = try #require(evaluated.firstMatch(of: /\nlogit SQNR    ([0-9.]+) dB\n/))
    #expect(try #require(Double(ratio.output.1)) > 25)
  }

  @Test func logitsAreRowsInTheOrderOfClassAndFileName() throws {
    try folder.addModel()
    let images = ["a/grey.jpg", "a/rgb-444.jpg", "b/cmyk.jpg"]
    for image in images.reversed() {
      let parts = image.split(separator: "/").map(String.init)
      try folder.addImages([parts[1]], to: "all/\(parts[0])")
      try folder.addImages([parts[1]], to: "one-\(parts[1])")
    }
    for index in 2..<10 { try folder.write("", to: "all/class-\(index)/.none") }
    #expect(try output(["evaluate", "model.rn8", "--images", "all", "--logits", "all.f32"]).contains("int8 top-1"))
    let all = try folder.read("all.f32")
    #expect(all.count == images.count * 10 * 4)

    var rows = Data()
    for image in images {
      let name = "one-" + image.split(separator: "/")[1]
      // No accuracy is printed, since the images have no class. The portable kernels give the same bits.
      let arguments = ["evaluate", "model.rn8", "--images", name, "--logits", "one.f32", "--kernels", "portable"]
      #expect(try output(arguments) == "images        1\n")
      rows += try folder.read("one.f32")
    }
    #expect(all == rows)
  }

  @Test func damagedImagesAreSkippedAndCounted() throws {
    let arguments = try folder.quantization()
    try folder.addImages(Fixtures.truncated, to: "images")
    let outcome = try folder.run(arguments)
    #expect(outcome.status == 0)
    #expect(outcome.output.hasSuffix("calibrated on 10 images\n"))
    #expect(outcome.errors.contains("resnet-quantize: skipped images/truncated.jpg: truncated or damaged: "))
    #expect(outcome.errors.contains("resnet-quantize: images: left out damaged: 3\n"))
  }

  /// Thanks to padding, every network that is recognized can take the smallest input there is.
  @Test func onePixel() throws {
    let arguments = try folder.quantization(["--input-size", "1"])
    for name in ["cifar-a.pth", "basic.pth", "bottleneck.pth", "labml-residual-k4.pth"] {
      #expect(try output([Fixtures.reference(name)] + arguments.dropFirst()).contains(", input 1x1x3, "))
    }
  }

  @Test func greyNetwork() throws {
    try folder.addImages(Fixtures.intact + ["rgb-422.jpg", "one-pixel.jpg"], to: "images")
    let quantized = try output([
      Fixtures.reference("cifar-b-grey.pth"), "--calibration", "images", "-o", "grey.rn8", "--input-size", "16x20",
      "--mean", "0.5", "--std", "0.25", "--method", "min-max", "--samples", "10", "--resize", "24",
    ])
    #expect(quantized.contains("input 16x20x1"))
    #expect(quantized.hasSuffix("calibrated on 10 images\n"))
    #expect(try output(["classify", "grey.rn8", "images/cmyk.jpg"]).split(separator: "\n").count == 6)
  }
}
