import Checkpoints
import Evaluation
import Foundation
import Graphs
import Images
import Preparation
import TestSupport
import Testing

/// Tests the project's own checkpoints in int8 and in float, on all 10,000 test images of Fashion-MNIST.
@Suite struct Int8AccuracyTests {
  struct Network: CustomTestStringConvertible, Sendable {
    let name: String
    /// The height and the width of the input, in pixels.
    let size: Int

    var testDescription: String { name }

    static let folder = fixtures.appending(path: "fashion-mnist")

    /// PyTorch's float32 top-1, from the table of the checkpoints' README.
    var documentedAccuracy: Double {
      get throws {
        let text = try String(contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
        let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `\(name)`") })
        let cell = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.last { !$0.isEmpty }
        return try #require(cell.flatMap { Double($0.dropLast(2)) }, "no percentage ends \(row)") / 100
      }
    }
  }

  static let networks = [
    Network(name: "resnet20-fashion-mnist", size: 28),
    Network(name: "bottleneck-fashion-mnist", size: 56),
  ]

  @Test(arguments: networks)
  func int8IsAsGoodAsFloat(_ network: Network) throws {
    let measured = try #require(recordedSignalToNoise[network.name])
    let images = try #require(try FashionMNIST(size: network.size))
    let quantized = try images.quantize(network, "\(network.name).pth", samples: 500)
    let evaluation = try Evaluation(
      quantized.model, float: quantized.float, entries: images.test.entries)
    print(
      String(
        format: "%@: float %.2f %%, int8 %.2f %%, same class %.2f %%, SQNR %.2f dB", network.name,
        100 * evaluation.sums.floatAccuracy, 100 * evaluation.sums.int8Accuracy, 100 * evaluation.sums.agreement,
        evaluation.sums.signalToNoise))
    #expect(evaluation.sums.imageCount == 10_000 && evaluation.sums.labelledCount == 10_000)
    let pyTorch = try floats(Network.folder.appending(path: "\(network.name)-logits-every-100th.f32"))
    let own = stride(from: 0, to: 10_000, by: 100).flatMap { evaluation.floatLogits[$0] }
    try #require(own.count == pyTorch.count)
    #expect(zip(own, pyTorch).allSatisfy { abs($0 - $1) <= 1e-3 })
    // The best classes of two images nearly tie, so that the accuracy may differ by two images.
    #expect(abs(evaluation.sums.floatAccuracy - (try network.documentedAccuracy)) < 0.00025)
    #expect(evaluation.sums.int8Accuracy >= evaluation.sums.floatAccuracy - 0.003)
    #expect(evaluation.sums.signalToNoise >= measured - 1)
  }

  /// Quantizing gives the same bytes on every run, and for the same weights in another file format.
  @Test(arguments: networks)
  func sameWeightsGiveTheSameBytes(_ network: Network) throws {
    let images = try #require(try FashionMNIST(size: network.size))
    let bytes = try [".pth", ".pth", "-legacy.pth", ".safetensors"].map {
      try images.quantize(network, network.name + $0, samples: 50).bytes
    }
    for other in bytes.dropFirst() { #expect(other == bytes[0]) }
  }
}

/// Fashion-MNIST as folders of JPEGs, in `$RESNET_INT8_FASHION_MNIST` or where `make` puts them.
private struct FashionMNIST {
  let test: ImageFolder
  let calibration: ImageFolder
  let preparation: Preparation

  /// Records an issue and returns nil where there are no images.
  init?(size: Int) throws {
    let folder =
      ProcessInfo.processInfo.environment["RESNET_INT8_FASHION_MNIST"]
      ?? packageFolder.appending(path: "build/fashion-mnist").path
    guard FileManager.default.fileExists(atPath: "\(folder)/test") else {
      Issue.record("no images in \(folder): run `make test`, which installs Debian's dataset-fashion-mnist")
      return nil
    }
    test = try ImageFolder(path: "\(folder)/test")
    calibration = try ImageFolder(path: "\(folder)/calibration")
    preparation = .square(size)
  }

  func quantize(_ network: Int8AccuracyTests.Network, _ file: String, samples: Int) throws -> QuantizedNetwork {
    let checkpoint = try Checkpoint(contentsOf: Int8AccuracyTests.Network.folder.appending(path: file).path)
    return try QuantizedNetwork(
      Graph(recognizing: checkpoint), height: network.size, width: network.size,
      normalization: .imageNet,
      calibration: calibration.sample(count: samples).map {
        preparation(try Image(contentsOf: $0.path, channels: 3)).pixels
      })
  }
}
