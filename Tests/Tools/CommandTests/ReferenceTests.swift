import Foundation
import TestSupport
import Testing

/// Tests `evaluate --reference` with the logits that PyTorch computed of the same pictures.
@Suite struct ReferenceTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.addModel()
    try folder.write(Data(contentsOf: URL(filePath: Fixtures.reference("cifar-a-pictures.npy"))), to: "reference.npy")
  }

  private func evaluate(_ extra: [String] = []) throws -> Command.Outcome {
    try folder.run(
      [
        "evaluate", "model.rn8", "--images", "images", "--checkpoint", Fixtures.reference("cifar-a.pth"), "--reference",
        "reference.npy",
      ] + extra)
  }

  @Test func sameNetwork() throws {
    let outcome = try evaluate()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").suffix(2)
    let float = try #require(
      lines.first?.wholeMatch(
        of: #/float against reference  (\d+\.\d\d) dB, same class 100.00 %, largest difference 0\.000\d\d % .*/#))
    #expect(Double(float.1)! > 100)
    #expect(lines.last!.starts(with: #/int8 against reference   \d\d\.\d\d dB, same class /#))
  }

  /// The subfolders of pictures that are compared need not be classes.
  @Test func subfolders() throws {
    let (images, nested) = (folder.url.appending(path: "images"), folder.url.appending(path: "nested"))
    try FileManager.default.createDirectory(at: nested, withIntermediateDirectories: false)
    try FileManager.default.moveItem(at: images, to: nested.appending(path: "pictures"))
    try FileManager.default.moveItem(at: nested, to: images)
    let outcome = try evaluate()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.output.contains("top-1"))
  }

  /// What names and shapes do not tell changes the logits, and is found out.
  @Test(arguments: [
    ["--batch-norm-epsilon", "0.01"], ["--max-pool"], ["--stem-stride", "2"], ["--head-pooling", "max"],
  ])
  func misreading(_ options: [String]) throws {
    let outcome = try evaluate(options)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("float against reference"))
    #expect(
      outcome.errors.contains(
        #/Error: images/[a-z0-9-]+\.(jpg|png), output \d: -?\d+\.\d+, and -?\d+\.\d+ in reference\.npy\. /#))
    #expect(
      outcome.errors.contains("That is no rounding: the network was misread, or its pictures are prepared otherwise."))
    #expect(outcome.errors.contains("It was read as CIFAR ResNet-14 (option A) by kuangliu's names; told: "))
  }

  @Test func otherPictures() throws {
    try folder.addImages(["truncated.jpg"], to: "images")
    let outcome = try evaluate()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("reference.npy: the header {'descr': '<f4'"))
    #expect(outcome.errors.contains("; give 11 rows of 10 logits, one an image, in the order class name, file name"))
  }

  @Test func skippedPictures() throws {
    try folder.write(Data(count: 11 * 40), to: "reference.npy")
    try folder.addImages(["truncated.jpg"], to: "images")
    let outcome = try evaluate()
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("Error: images: the reference has a row for each image, and some were skipped"))
  }

  @Test func withoutCheckpoint() throws {
    try folder.expectRefusal(
      ["evaluate", "model.rn8", "--images", "images", "--reference", "reference.npy"], status: 64,
      ["--reference: give the --checkpoint too"], sourceLocation: #_sourceLocation)
  }
}
