import Checkpoints
import Evaluation
import Foundation
import Graphs
import Images
import Preparation
import Quantization
import TestSupport
import Testing

/// Tests two networks that others trained, on all 10,000 test images of CIFAR-10. The float logits must be close to
/// PyTorch's, the int8 logits as close to float as the tests ask, and the portable kernels must give the same bits.
/// Without the data folder the test is skipped.
@Suite(.serialized) struct CIFARTests {
  struct Network: CustomTestStringConvertible, Sendable {
    let checkpoint: String
    /// The file of PyTorch's logits for all images, in the order class name, file name.
    let logits: String
    /// The height and the width of the input, in pixels.
    let size: Int
    let floatAccuracy: Double
    /// The lower bound of the logits' signal to noise ratio, in dB.
    let signalToNoise: Double
    /// The lower bound of the share of images for which int8 chooses float's class.
    let agreement: Double
    var residualBits = ResidualBits.sixteen

    var testDescription: String { "\(checkpoint), \(residualBits.rawValue) bits" }
  }

  @Test(
    .enabled(if: dataFolder != nil, "skipped: no data folder"),
    arguments: [
      Network(
        checkpoint: "resnet20-12fca82f.th", logits: "resnet20-cifar10-test-logits.f32", size: 32,
        floatAccuracy: 0.8103, signalToNoise: 31, agreement: 0.988),
      Network(
        checkpoint: "resnet18-cifar10-64px.pth", logits: "resnet18-cifar10-64px-test-logits.f32", size: 64,
        floatAccuracy: 0.8539, signalToNoise: 38, agreement: 0.994),
    ])
  func trainedNetwork(_ network: Network) throws {
    let data = try #require(dataFolder)
    let images = FileManager.default.temporaryDirectory.appending(path: "cifar10-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: images) }
    for archive in ["cifar10-test-jpeg.tar", "cifar10-calibration-jpeg.tar"] {
      try unpack(data.appending(path: archive), into: images)
    }

    let preparation = Preparation.square(network.size)
    let calibration = try ImageFolder(path: images.appending(path: "calibration").path).sample(count: 500)
    let quantized = try QuantizedNetwork(
      Graph(recognizing: Checkpoint(contentsOf: data.appending(path: network.checkpoint).path)),
      height: network.size, width: network.size, normalization: .imageNet,
      calibration: calibration.map { preparation(try Image(contentsOf: $0.path, channels: 3)).pixels },
      residualBits: network.residualBits)
    let entries = try ImageFolder(path: images.appending(path: "test").path).entries
    let evaluation = try Evaluation(
      quantized.model, float: quantized.float, entries: entries)

    let expected = try floats(data.appending(path: network.logits))
    let actual = Array(evaluation.floatLogits.joined())
    try #require(actual.count == expected.count)
    let worst = zip(actual, expected).map { abs($0 - $1) }.max()!
    let sums = evaluation.sums
    print(
      String(
        format: "%@: float logits within %.1e of PyTorch's, float %.2f %%, int8 %.2f %%, same class %.2f %%, "
          + "SQNR %.2f dB", network.testDescription, worst, 100 * sums.floatAccuracy, 100 * sums.int8Accuracy,
        100 * sums.agreement, sums.signalToNoise))
    #expect(worst <= 1e-3)
    #expect(sums.floatAccuracy == network.floatAccuracy)
    #expect(sums.signalToNoise >= network.signalToNoise)
    #expect(sums.agreement >= network.agreement)

    guard hasFasterKernels(than: "portable", for: quantized.model) else { return }
    let sample = Array(stride(from: 0, to: entries.count, by: 20))
    let portable = try Evaluation(
      quantized.model, float: nil, entries: sample.map { entries[$0] }, kernels: "portable")
    #expect(portable.int8Logits.isIdentical(to: sample.map { evaluation.int8Logits[$0] }))
  }
}

private func unpack(_ archive: URL, into folder: URL) throws {
  let tar = Process()
  tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  tar.arguments = ["tar", "xf", archive.path, "-C", folder.path]
  try tar.run()
  tar.waitUntilExit()
  try #require(tar.terminationStatus == 0)
}
