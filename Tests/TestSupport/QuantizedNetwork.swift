import Foundation
import Quantization

/// A float network and the int8 model made from it.
struct QuantizedNetwork {
  let float: FloatNetwork
  let result: Quantizer.Result
  let model: Int8Model

  /// - Parameter calibration: images of the network's input, as bytes.
  init(
    _ graph: Graph, height: Int, width: Int, normalization: Normalization, calibration: [[UInt8]],
    method: Calibration.Method = .mse
  ) throws {
    float = try FloatNetwork(graph, inputHeight: height, inputWidth: width, normalization: normalization)
    let ranges = try Calibration(float, imageCount: calibration.count, image: { calibration[$0] })
    result = try Quantizer(
      graph: graph, inputHeight: height, inputWidth: width, normalization: normalization,
      codings: ranges.parameters(method), resize: height
    ).quantize()
    model = try Int8Model(result.bytes, path: graph.name)
  }

  func floatLogits(_ images: [[UInt8]]) -> [[Float]] {
    concurrentMap(images.count, state: float.makeWorkspace) { workspace, index in
      images[index].withUnsafeBufferPointer { float.run($0, workspace: workspace) }
    }
  }

  func int8Logits(_ images: [[UInt8]], kernels: String? = nil) throws -> [[Float]] {
    let network = Int8Network(model)
    if let kernels { try network.select(kernels: kernels) }
    return images.map(network.run)
  }
}

/// Logits beside the ones they should be, over several images.
struct LogitComparison {
  /// Signal to noise ratio in dB.
  let signalToNoise: Double
  /// The largest difference, relative to the largest magnitude.
  let relativeDifference: Double
  /// Images with the same class first.
  let sameClass: Int

  init(_ logits: [[Float]], reference: [[Float]]) {
    precondition(logits.map(\.count) == reference.map(\.count))
    let pairs = zip(logits.joined(), reference.joined()).map { (Double($0), Double($1)) }
    let (signal, noise) = pairs.reduce((0, 0)) { sum, pair in
      (sum.0 + pair.1 * pair.1, sum.1 + (pair.0 - pair.1) * (pair.0 - pair.1))
    }
    signalToNoise = 10 * log10(signal / noise)
    relativeDifference = pairs.map { abs($0 - $1) }.max()! / pairs.map { abs($1) }.max()!
    sameClass = zip(logits, reference).count { $0.indexOfMaximum == $1.indexOfMaximum }
  }
}

extension [[Float]] {
  /// Equal in every bit, unlike `==`, for which 0 is -0 and NaN is not itself.
  func isIdentical(to other: [[Float]]) -> Bool { joined().map(\.bitPattern) == other.joined().map(\.bitPattern) }
}

/// The int8 logits' signal to noise ratio in dB, by network, as measured when the file was last changed.
let recordedSignalToNoise: [String: Double] = {
  let file = ReferenceCase.folder.appending(path: "../accuracy.json").standardizedFileURL
  return (try? JSONDecoder().decode([String: Double].self, from: Data(contentsOf: file))) ?? [:]
}()
