import Checkpoints
import Foundation
import Quantization
import Testing

/// Float logits of the committed golden cases against PyTorch's.
@Suite struct FloatReferenceTests {
  @Test(arguments: try ReferenceCase.all())
  func goldenCase(_ reference: ReferenceCase) throws {
    let folder = ReferenceCase.folder
    let checkpoint = try Checkpoint(contentsOf: folder.appending(path: reference.checkpoint).path)
    let network = try FloatNetwork(
      try Graph(recognizing: checkpoint, options: reference.architecture), inputHeight: reference.height,
      inputWidth: reference.width, normalization: Normalization(mean: reference.mean, std: reference.std))
    let pixels = [UInt8](try Data(contentsOf: folder.appending(path: reference.image)))
    let expected = try floats(folder.appending(path: reference.logits))
    var actual: [Float] = []
    let byteCount = reference.height * reference.width * reference.channels
    for first in stride(from: 0, to: pixels.count, by: byteCount) {
      actual += network.run(Array(pixels[first..<first + byteCount]))
    }
    try #require(actual.count == expected.count)
    let largest = expected.map(abs).max()!
    let worst = zip(actual, expected).map { abs($0 - $1) }.max()!
    #expect(worst <= 1e-4 * largest, "off by \(worst) of \(largest)")
  }
}

/// An entry of `cases.json`.
struct ReferenceCase: Decodable, CustomTestStringConvertible, Sendable {
  let name: String
  let checkpoint: String
  let image: String
  let logits: String
  let height: Int
  let width: Int
  let channels: Int
  let mean: [Float]
  let std: [Float]
  /// As on the command line.
  let options: [String]

  var testDescription: String { name }

  var architecture: ArchitectureOptions {
    var architecture = ArchitectureOptions()
    for (index, option) in options.enumerated() {
      if option == "--stride-in-1x1" { architecture.strideIn1x1 = true }
      if option == "--dilate-stage" { architecture.dilatedStages.insert(Int(options[index + 1])!) }
    }
    return architecture
  }

  static let folder = URL(fileURLWithPath: #filePath)
    .appending(path: "../../../Fixtures/reference").standardizedFileURL

  static func all(in folder: URL = folder) throws -> [ReferenceCase] {
    struct Cases: Decodable { let cases: [ReferenceCase] }
    return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: folder.appending(path: "cases.json"))).cases
  }
}

/// What is not in the repository: `$RESNET_INT8_DATA`, or `shared/data` beside the package.
var dataFolder: URL? {
  let candidates = [
    ProcessInfo.processInfo.environment["RESNET_INT8_DATA"].map { URL(fileURLWithPath: $0) },
    URL(fileURLWithPath: #filePath).appending(path: "../../../../../shared/data").standardizedFileURL,
  ]
  return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.path) }
}

/// Little-endian float32.
func floats(_ file: URL) throws -> [Float] {
  try Data(contentsOf: file).withUnsafeBytes { bytes in
    (0..<bytes.count / 4).map {
      Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
    }
  }
}
