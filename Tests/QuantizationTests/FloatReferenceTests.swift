import Checkpoints
import Foundation
import Images
import Quantization
import Testing

/// Logits against PyTorch's: the committed golden cases, and real checkpoints on real images where the data folder is.
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

  @Test(arguments: [
    ("resnet20-12fca82f.th", "resnet20-cifar10-test-logits.f32", 32),
    ("resnet18-cifar10-64px.pth", "resnet18-cifar10-64px-test-logits.f32", 64),
  ])
  func trainedNetwork(_ checkpoint: String, _ logits: String, _ size: Int) throws {
    guard let data = dataFolder else {
      print("skipped: no data folder")
      return
    }
    let images = try firstFiles(200, of: data.appending(path: "cifar10-test-jpeg.tar"))
    let expected = try floats(data.appending(path: logits))
    let graph = try Graph(recognizing: Checkpoint(contentsOf: data.appending(path: checkpoint).path))
    let network = try FloatNetwork(graph, inputHeight: size, inputWidth: size)
    let workspace = network.makeWorkspace()
    for (index, image) in images.enumerated() {
      let decoded = try Image(jpegBytes: image.bytes, path: image.path, channels: 3)
      let pixels = decoded.resized(width: size, height: size).pixels
      let actual = pixels.withUnsafeBufferPointer { network.run($0, workspace: workspace) }
      let worst = zip(actual, expected[index * 10..<index * 10 + 10]).map { abs($0 - $1) }.max()!
      #expect(worst <= 1e-3, "\(image.path) is off by \(worst)")
    }
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
    .appending(path: "../../Fixtures/reference").standardizedFileURL

  static func all(in folder: URL = folder) throws -> [ReferenceCase] {
    struct Cases: Decodable { let cases: [ReferenceCase] }
    return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: folder.appending(path: "cases.json"))).cases
  }
}

/// What is not in the repository: `$RESNET_INT8_DATA`, or `shared/data` beside the package.
var dataFolder: URL? {
  let candidates = [
    ProcessInfo.processInfo.environment["RESNET_INT8_DATA"].map { URL(fileURLWithPath: $0) },
    URL(fileURLWithPath: #filePath).appending(path: "../../../../shared/data").standardizedFileURL,
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

/// The first regular files of a tar archive, by path.
private func firstFiles(_ count: Int, of archive: URL) throws -> [(path: String, bytes: [UInt8])] {
  let data = try Data(contentsOf: archive, options: .mappedIfSafe)
  var files: [(path: String, bytes: [UInt8])] = []
  var offset = 0
  while offset + 512 <= data.count, data[offset] != 0 {
    func text(_ from: Int, _ length: Int) -> String {
      String(decoding: data[offset + from..<offset + from + length].prefix { $0 != 0 }, as: UTF8.self)
    }
    let size = Int(text(124, 12).trimmingCharacters(in: .whitespaces), radix: 8)!
    if data[offset + 156] == UInt8(ascii: "0") {
      files.append((path: text(0, 100), bytes: [UInt8](data[offset + 512..<offset + 512 + size])))
    }
    offset += 512 + (size + 511) / 512 * 512
  }
  return Array(files.sorted { $0.path < $1.path }.prefix(count))
}
