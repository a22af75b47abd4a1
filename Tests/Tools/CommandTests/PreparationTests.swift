import Foundation
import ModelFormat
import TestSupport
import Testing

/// How the options for pictures reach the model, and what `prepare` writes by it.
@Suite struct PreparationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The header's fields of a model that was made with these options.
  private func header(_ options: String...) throws -> [UInt32] {
    let outcome = try folder.run(folder.quantization(options))
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try folder.read("model.rn8").withUnsafeBytes { bytes in
      // The offsets are those of docs/file-format.md: kind, height, width, interpolation, rounding of the crop.
      [104, 68, 108, 112, 116].map { bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
    }
  }

  @Test func optionsReachTheModel() throws {
    #expect(try header() == [1, 18, 0, 0, 0])
    #expect(try header("--resize", "24") == [1, 24, 0, 0, 0])
    #expect(try header("--resize", "20x22", "--interpolation", "bilinear") == [2, 20, 22, 0, 0])
    #expect(try header("--interpolation", "bicubic") == [1, 18, 0, 1, 0])
    // 18 / 0.875 is 20.57.
    #expect(try header("--crop-pct", "0.875", "--interpolation", "bicubic") == [1, 20, 0, 1, 0])
    #expect(try header("--crop-pct", "1") == [1, 18, 0, 0, 0])
  }

  @Test func inspectTellsThePreparation() throws {
    try folder.addModel(["--resize", "20x22", "--interpolation", "bicubic"])
    #expect(try folder.run(["inspect", "model.rn8"]).output.contains("\npictures squashed to 20x22, bicubic\n"))
  }

  private func prepared(_ image: String) throws -> [UInt8] {
    // Standard output is bytes that are no text, so that a shell sends them to a file.
    let tool = Command.path(of: "resnet-quantize")
    let outcome = try Command.run(
      ["-c", "'\(tool)' prepare model.rn8 '\(image)' > x.rgb"], ofProgram: "/bin/sh", in: folder)
    try #require(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    return [UInt8](try folder.read("x.rgb"))
  }

  /// A picture whose pixels are all the same stays so.
  @Test func prepareWritesTheInput() throws {
    try folder.addModel(["--resize", "20x22", "--interpolation", "bicubic"])
    try folder.write(Data(contentsOf: Fixtures.image("one-pixel.png")), to: "pixel.png")
    let pixels = try prepared("pixel.png")
    #expect(pixels.count == 18 * 18 * 3)
    #expect(stride(from: 0, to: pixels.count, by: 3).allSatisfy { pixels[$0..<$0 + 3] == pixels[..<3] })
    let photo = try prepared("images/rgb-420.jpg")
    #expect(photo.count == pixels.count && photo != pixels)
  }

  /// The model says how pictures are prepared for it, so that another preparation gives other pixels.
  @Test func interpolationMatters() throws {
    try folder.addModel(["--resize", "24"])
    let bilinear = try prepared("images/rgb-444.jpg")
    try folder.addModel(["--resize", "24", "--interpolation", "bicubic"])
    #expect(try prepared("images/rgb-444.jpg") != bilinear)
  }

  @Test func prepareRefuses() throws {
    try folder.addModel()
    let tool = Command.path(of: "resnet-quantize")
    let full = try Command.run(
      ["-c", "'\(tool)' prepare model.rn8 images/rgb-420.jpg > /dev/full"], ofProgram: "/bin/sh", in: folder)
    #expect(full.status == 1)
    #expect(full.errors == "Error: standard output: cannot be written: No space left on device\n")
    try folder.expectRefusal(
      ["prepare", "model.rn8", "none.png"], status: 1, ["Error: none.png: cannot be read: No such file or directory\n"],
      sourceLocation: #_sourceLocation)
    try folder.expectRefusal(
      ["prepare", "model.rn8", "images/rgb-420.jpg", "--pixel-limit", "692"], status: 1,
      ["Error: images/rgb-420.jpg: 33 x 21 pixels, more than --pixel-limit 692 allows"],
      sourceLocation: #_sourceLocation)
  }

  /// A model of version 1 prepares pictures as it always did: bilinear, torchvision's crop.
  @Test func version1() throws {
    try folder.addModel(["--input-size", "17"])
    try folder.addImages(["rgb-420.jpg"], to: "images")
    let now = try prepared("images/rgb-420.jpg")
    try folder.write(Data(contentsOf: fixtures.appending(path: "models/cifar-b-odd.rn8")), to: "model.rn8")
    #expect(try prepared("images/rgb-420.jpg") == now)
  }

  // MARK: Calibration folders

  @Test func picturesAtAnyDepth() throws {
    let arguments = try folder.quantization()
    for name in Fixtures.intact[2...] { try FileManager.default.removeItem(at: folder["images/\(name)"]) }
    try folder.addImages(["rgb-8.png", "grey-1.png"], to: "images/more/and/more")
    try folder.write("text", to: "images/more/notes.txt")
    try folder.write("RIFF0000WEBP", to: "images/photo.webp")
    let outcome = try folder.run(arguments)
    #expect(outcome.status == 0 && outcome.output.hasSuffix("calibrated on 4 images\n"))
    #expect(
      outcome.errors == "resnet-quantize: images: left out .txt: 1; WebP: 1\n"
        + "resnet-quantize: images: only 4 images to calibrate with; some 500 are better\n")
  }

  @Test func imagesThatAreAllAlike() throws {
    for name in 0..<12 { try folder.write(Data(contentsOf: Fixtures.image("grey.jpg")), to: "alike/\(name).jpg") }
    let arguments = try folder.quantization(["--calibration", "alike"])
    let outcome = try folder.run(arguments)
    #expect(outcome.status == 0)
    #expect(
      outcome.errors == "resnet-quantize: alike: all 12 images are the same one; "
        + "give pictures like those the network will see\n")
    try folder.write(Data(contentsOf: Fixtures.image("rgb-444.jpg")), to: "alike/other.jpg")
    #expect(try folder.run(arguments).errors == "")
  }

  @Test func imagesBesideClasses() throws {
    try folder.addModel()
    try folder.addImages(["grey.jpg"], to: "mixed")
    try folder.addImages(["grey.jpg", "rgb-420.jpg"], to: "mixed/class/deeper")
    try folder.expectRefusal(
      ["evaluate", "model.rn8", "--images", "mixed"], status: 1,
      ["Error: mixed: 1 image in this folder and 2 in its subfolders; move the former into a class's subfolder"],
      sourceLocation: #_sourceLocation)
  }
}
