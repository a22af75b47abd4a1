import Foundation
import TestSupport
import Testing

enum Fixtures {
  /// Narrow networks with random weights. `cifar-a` and `cifar-b-grey` have 10 classes, and `cifar-a-odd` has 3.
  static func reference(_ name: String) -> String { fixtures.appending(path: "reference/\(name)").path }
  /// Small checkpoints, most of which are refused.
  static func checkpoint(_ name: String) -> String { fixtures.appending(path: "checkpoints/\(name)").path }
  static func image(_ name: String) -> URL { fixtures.appending(path: "images/\(name)") }

  /// As many as calibration asks for.
  static let intact = [
    "rgb-420.jpg", "rgb-444.jpg", "grey.jpg", "progressive.jpg", "cmyk.jpg", "exif-rotated.jpg", "rgb-8.png",
    "palette-4-interlaced.png", "grey-2.png", "rgba-16.png",
  ]
  static let truncated = ["truncated.jpg", "truncated-header.jpg", "truncated-progressive.jpg"]
}

extension TemporaryFolder {
  /// Adds a folder of images.
  @discardableResult
  func addImages(_ names: [String], to name: String) throws -> String {
    for image in names { try write(Data(contentsOf: Fixtures.image(image)), to: "\(name)/\(image)") }
    return name
  }

  /// Adds images and returns the command line that quantizes a checkpoint with them, to `model.rn8`.
  func quantization(_ extra: [String] = []) throws -> [String] {
    try addImages(Fixtures.intact, to: "images")
    return [
      Fixtures.reference("cifar-a.pth"), "--calibration", "images", "--output", "model.rn8", "--input-size", "18",
    ]
      + extra
  }

  /// Expects a run that ends with this exit status and these messages, prints nothing on standard output, and writes or
  /// removes no file.
  func expectRefusal(
    of tool: String = "resnet-quantize", _ arguments: [String], after preparation: String = ":", status: Int32,
    _ messages: [String], sourceLocation: SourceLocation
  ) throws {
    let before = try contents
    let outcome = try Command.run(arguments, of: tool, in: self, after: preparation)
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.output == "", sourceLocation: sourceLocation)
    for message in messages {
      #expect(outcome.errors.contains(message), "\(outcome.errors)", sourceLocation: sourceLocation)
    }
    #expect(try contents == before, sourceLocation: sourceLocation)
  }

  /// Adds `model.rn8`, the model of a network with 10 classes.
  func addModel(_ extra: [String] = []) throws {
    let outcome = try run(quantization(extra))
    precondition(outcome.status == 0, outcome.errors)
  }
}
