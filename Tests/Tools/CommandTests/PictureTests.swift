import Foundation
import TestSupport
import Testing

/// Pictures that cost too much, and what is no picture under a picture's name.
@Suite struct PictureTests {
  private let folder: TemporaryFolder
  private let model = fixtures.appending(path: "models/basic.rn8").path

  init() throws { folder = try TemporaryFolder() }

  private let few = "resnet-quantize: images: only 1 image to calibrate with; some 500 are better\n"

  private func tooLarge(_ name: String, _ pixels: String, limit: Int) -> String {
    "\(name): \(pixels) pixels, more than --pixel-limit \(limit) allows; raise it for pictures that you trust\n"
  }

  @Test func pixelLimitOfClassify() throws {
    try folder.addImages(["grey.jpg", "rgb-420.jpg"], to: "images")
    let arguments = ["classify", model, "images/rgb-420.jpg", "images/grey.jpg", "--pixel-limit"]
    let refused = try folder.run(arguments + ["692"])
    #expect(refused.status == 1)
    #expect(refused.errors == "resnet-quantize: " + tooLarge("images/rgb-420.jpg", "33 x 21", limit: 692))
    #expect(refused.output.hasPrefix("images/grey.jpg\n"))
    let accepted = try folder.run(arguments + ["693"])
    #expect(accepted.status == 0 && accepted.errors == "")
    #expect(accepted.output.hasSuffix(refused.output))
  }

  @Test func pixelLimitOfFolders() throws {
    try folder.addImages(["grey.jpg", "rgb-420.jpg"], to: "images")
    let skipped =
      "resnet-quantize: skipped \(tooLarge("images/rgb-420.jpg", "33 x 21", limit: 692))"
      + "resnet-quantize: images: left out too large: 1\n"
    let evaluated = try folder.run(["evaluate", model, "--images", "images", "--pixel-limit", "692"])
    #expect(evaluated.status == 0 && evaluated.errors == skipped)
    #expect(evaluated.output == "images        1\nskipped       1\n")
    let quantized = try folder.run([
      Fixtures.reference("cifar-a.pth"), "--calibration", "images", "--output", "model.rn8", "--input-size", "18",
      "--pixel-limit", "692",
    ])
    #expect(quantized.status == 0 && quantized.errors == skipped + few)
    #expect(quantized.output.hasSuffix("calibrated on 1 image\n"))
  }

  @Test(arguments: ["0", "-1", "4290250001"])
  func impossiblePixelLimit(_ limit: String) throws {
    try folder.expectRefusal(
      ["classify", model, "grey.jpg", "--pixel-limit", limit], status: 64,
      ["Error: --pixel-limit \(limit): give 1 to 4290250000 pixels"], sourceLocation: #_sourceLocation)
  }

  @Test(.timeLimit(.minutes(1)))
  func whatIsNoFileIsLeftOut() throws {
    try folder.addImages(["grey.jpg"], to: "images")
    #expect(mkfifo(folder["images/pipe.jpg"].path, 0o600) == 0)
    #expect(symlink("/dev/zero", folder["images/zero.jpg"].path) == 0)
    let leftOut = "resnet-quantize: images: left out pipes, sockets or devices: 2\n"
    let evaluated = try folder.run(["evaluate", model, "--images", "images"])
    #expect(evaluated.status == 0 && evaluated.errors == leftOut && evaluated.output == "images        1\n")
    let quantized = try folder.run([
      Fixtures.reference("cifar-a.pth"), "--calibration", "images", "--output", "model.rn8", "--input-size", "18",
    ])
    #expect(quantized.status == 0 && quantized.errors == leftOut + few)
    try folder.expectRefusal(
      ["classify", model, "images/pipe.jpg"], status: 1,
      ["resnet-quantize: images/pipe.jpg: cannot be read: a pipe, not a file\n"], sourceLocation: #_sourceLocation)
  }
}
