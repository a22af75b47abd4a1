import Checkpoints
import FloatRuntime
import Foundation
import Graphs
import Images
import Quantization

/// An entry of `cases.json`.
package struct ReferenceCase: Decodable, CustomStringConvertible, Sendable {
  package let name: String
  package let checkpoint: String
  package let image: String
  package let logits: String
  package let height: Int
  package let width: Int
  package let channels: Int
  package let mean: [Float]
  package let std: [Float]
  /// The options of `resnet-quantize` for what shapes cannot tell, as on the command line.
  package let options: [String]

  package var description: String { name }

  package var architecture: ArchitectureOptions {
    var architecture = ArchitectureOptions()
    for (index, option) in options.enumerated() {
      if option == "--stride-in-1x1" { architecture.strideIn1x1 = true }
      if option == "--dilate-stage" { architecture.dilatedStages.insert(Int(options[index + 1])!) }
    }
    return architecture
  }

  package static let folder = fixtures.appending(path: "reference")

  package static func all(in folder: URL = folder) throws -> [ReferenceCase] {
    struct Cases: Decodable { let cases: [ReferenceCase] }
    return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: folder.appending(path: "cases.json"))).cases
  }
}

extension ReferenceCase {
  package func graph(in folder: URL) throws -> Graph {
    try Graph(
      recognizing: Checkpoint(contentsOf: folder.appending(path: checkpoint).path), options: architecture)
  }

  /// Returns the case's network with its int8 model, calibrated on its calibration images.
  package func quantized(in folder: URL, residualBits: ResidualBits = .sixteen) throws -> QuantizedNetwork {
    try QuantizedNetwork(
      graph(in: folder), height: height, width: width, normalization: Normalization(mean: mean, std: std),
      calibration: calibration(in: folder), residualBits: residualBits)
  }

  package func images(in folder: URL) throws -> [[UInt8]] {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: image)))
    let count = height * width * channels
    return stride(from: 0, to: bytes.count, by: count).map { Array(bytes[$0..<$0 + count]) }
  }

  /// Returns the calibration images. A case of the full set has JPEGs beside it. For a committed case they are its own
  /// images, each also moved and mirrored.
  package func calibration(in folder: URL) throws -> [[UInt8]] {
    let calibration = folder.appending(path: "\(name)-calibration").path
    if FileManager.default.fileExists(atPath: calibration) {
      return try ImageFolder(path: calibration).entries.map {
        try Image(contentsOf: $0.path, channels: channels).pixels
      }
    }
    return try images(in: folder).flatMap { image in
      [0, 1, 3, 6].flatMap { shift in
        [false, true].map { isMirrored in
          (0..<height).flatMap { y in
            (0..<width).flatMap { x in
              let column = (x + shift) % width
              let start = (y * width + (isMirrored ? width - 1 - column : column)) * channels
              return image[start..<start + channels]
            }
          }
        }
      }
    }
  }
}
