import Evaluation
import Foundation
import Quantization
import TestSupport
import Testing

/// Tests every architecture in int8: with the committed reference cases and, where it is present, with the full set.
@Suite struct Int8ReferenceTests {
  @Test(arguments: ResidualBits.allCases)
  func committedCases(_ bits: ResidualBits) throws {
    print(Row.header)
    for reference in try ReferenceCase.all() {
      let row = try measure(reference, in: ReferenceCase.folder, residualBits: bits)
      print(row)
      let measured = recordedSignalToNoise[row.name] ?? .infinity
      #expect(row.int8.signalToNoise >= measured - 2, "\(row), but \(measured) dB before")
    }
  }

  @Test(.enabled(if: fullSetFolder != nil, "RESNET_INT8_REFERENCE names no folder"))
  func fullSet() throws {
    let folder = fullSetFolder!
    print(Row.header)
    for reference in try ReferenceCase.all(in: folder) {
      let row = try measure(reference, in: folder)
      print(row)
      // Random weights are harder to quantize than trained ones: docs/networks.md has what was measured.
      #expect(row.int8.signalToNoise >= 18, "\(row)")
    }
  }

  private struct Row: CustomStringConvertible {
    let name: String
    let float: LogitComparison
    let int8: LogitComparison
    let imageCount: Int

    static let header = "| network | float max relative difference | int8 SQNR, dB | same top-1 |\n|---|---|---|---|"

    var description: String {
      let difference = String(format: "%.1e", float.relativeDifference)
      let decibels = String(format: "%.1f", int8.signalToNoise)
      return "| \(name) | \(difference) | \(decibels) | \(int8.sameClass)/\(imageCount) |"
    }
  }

  private func measure(
    _ reference: ReferenceCase, in folder: URL, residualBits: ResidualBits = .sixteen
  ) throws -> Row {
    let images = try reference.images(in: folder)
    let network = try reference.quantized(in: folder, residualBits: residualBits)

    let values = try floats(folder.appending(path: reference.logits))
    let outputs = values.count / images.count
    let expected = images.indices.map { Array(values[$0 * outputs..<($0 + 1) * outputs]) }
    let float = network.floatLogits(images)
    let int8 = try network.int8Logits(images)
    let row = Row(
      name: residualBits == .sixteen ? reference.name : "\(reference.name), 8 bits",
      float: LogitComparison(float, reference: expected),
      int8: LogitComparison(int8, reference: float), imageCount: images.count)

    #expect(row.float.relativeDifference <= 1e-4, "\(row)")
    if hasFasterKernels(than: "portable", for: network.model) {
      let portable = try network.int8Logits(images, kernels: "portable")
      #expect(portable.isIdentical(to: int8), "\(reference.name): the portable kernels' logits differ")
    }
    // The tensors lie as the planner placed them, after what the library keeps for itself.
    let tensorBytes = network.model.tensors.map { tensor in
      max(
        Int(tensor.offset) + tensor.byteCount,
        tensor.hasRemainders ? Int(tensor.remainders) + tensor.remainderByteCount : 0)
    }.max()!
    #expect(Int(network.model.header.tensorBytes) == tensorBytes)
    let own = network.model.info.smallest_arena - Int(network.model.header.tensorBytes)
    #expect(own > 0 && own <= 320 && own % 64 == 0)
    return row
  }
}

/// The folder that `make_reference_cases.py --full` wrote.
private let fullSetFolder = ProcessInfo.processInfo.environment["RESNET_INT8_REFERENCE"]
  .map { URL(fileURLWithPath: $0) }
