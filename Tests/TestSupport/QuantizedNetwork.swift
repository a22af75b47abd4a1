import Evaluation
import FloatRuntime
import Foundation
import Graphs
import Preparation
import Quantization

/// A float network and the int8 model made from it.
package struct QuantizedNetwork {
  package let float: FloatNetwork
  package let bytes: [UInt8]
  package let model: Int8Model

  /// - Parameter calibration: images of the network's input, as bytes.
  package init(
    _ graph: Graph, height: Int, width: Int, normalization: Normalization, calibration: [[UInt8]],
    method: Calibration.Method = .mse, rounding: Rounding = .errorSpreading,
    residualBits: ResidualBits = .sixteen
  ) throws {
    let graph = try graph.fusingAveragePools(inputHeight: height, inputWidth: width)
    float = try FloatNetwork(graph, inputHeight: height, inputWidth: width, normalization: normalization)
    let ranges = try Calibration(
      float, imageCount: calibration.count, keeping: rounding == .nearest ? 0 : calibration.count,
      image: { calibration[$0] })
    bytes = try Quantizer(
      graph: graph,
      preparation: Preparation(resize: .shorterSide(height), inputHeight: height, inputWidth: width),
      normalization: normalization,
      quantizationParameters: ranges.quantizationParameters(method, residualBits: residualBits),
      samples: ranges.samples, residualBits: residualBits
    ).quantize()
    model = try Int8Model(bytes, path: graph.name)
  }

  package func floatLogits(_ images: [[UInt8]]) -> [[Float]] {
    concurrentMap(images.count, state: float.makeWorkspace) { workspace, index in
      images[index].withUnsafeBufferPointer { float.run($0, workspace: workspace) }
    }
  }

  package func int8Logits(_ images: [[UInt8]], kernels: String? = nil) throws -> [[Float]] {
    try images.map(Int8Network(model, kernels: kernels).run)
  }
}

/// Compares logits with reference logits, over several images.
package struct LogitComparison {
  /// The signal to noise ratio, in dB.
  package let signalToNoise: Double
  /// The largest difference, relative to the largest magnitude in the reference.
  package let relativeDifference: Double
  /// The number of images for which both choose the same class.
  package let sameClass: Int

  package init(_ logits: [[Float]], reference: [[Float]]) {
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
  /// Tells whether every bit is equal. For `==`, in contrast, 0 equals -0 and a NaN does not equal itself.
  package func isIdentical(to other: [[Float]]) -> Bool {
    joined().map(\.bitPattern) == other.joined().map(\.bitPattern)
  }
}

/// The int8 logits' signal to noise ratio in dB for each network, as measured when `accuracy.json` was last changed.
package let recordedSignalToNoise: [String: Double] = {
  let file = fixtures.appending(path: "accuracy.json")
  return (try? JSONDecoder().decode([String: Double].self, from: Data(contentsOf: file))) ?? [:]
}()

/// Tells whether this processor chooses other kernels than `name` by itself. Where it does not, there is nothing to
/// compare with `name`, and a line says so.
package func hasFasterKernels(than name: String, for model: Int8Model) -> Bool {
  guard Int8Network(model).kernels == name else { return true }
  print("not compared: \(model.path): this processor has only the \(name) kernels")
  return false
}
