import Evaluation
import FloatRuntime
import Foundation
import Graphs
import Images
import Preparation
import Quantization
import TestSupport
import Testing

/// Tests what an evaluation counts, on networks whose outputs are made by hand.
@Suite struct EvaluationTests {
  private static let size = 8

  /// Returns a network for grey images whose output `c` is `weights[c] * brightness + biases[c]`, with the brightness
  /// in 0...1.
  private func network(_ weights: [Float], _ biases: [Float]) throws -> QuantizedNetwork {
    let identity = Convolution(
      weights: [1], bias: [0], inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1)
    let graph = Graph(
      name: "brightness", inputChannels: 1,
      layers: [
        Layer(name: "identity", input: 0, operation: .convolution(identity, shortcut: nil, relu: true)),
        Layer(name: "average", input: 1, operation: .globalAveragePool),
        Layer(
          name: "fc", input: 2,
          operation: .fullyConnected(weights: weights, bias: biases, inputs: 1, outputs: biases.count)),
      ])
    return try QuantizedNetwork(
      graph, height: Self.size, width: Self.size, normalization: Normalization(mean: [0], std: [1]),
      calibration: [[UInt8](repeating: 255, count: Self.size * Self.size)])
  }

  private func path(_ image: String) -> String { fixtures.appending(path: "images/\(image)").path }

  private func brightness(_ image: String) throws -> Float {
    let image = try Image(contentsOf: path(image), channels: 1)
    let pixels = Preparation.square(Self.size)(image).pixels
    return pixels.reduce(0) { $0 + Float($1) } / Float(255 * pixels.count)
  }

  private func entry(_ image: String, _ classIndex: Int?) -> ImageFolder.Entry {
    ImageFolder.Entry(path: path(image), classIndex: classIndex)
  }

  /// The int8 model calls a bright image 0 and a dark one 1; the float network calls every image 1.
  @Test func counts() throws {
    let images = ["grey.jpg", "rgb-420.jpg", "cmyk.jpg", "one-pixel.jpg"]
    let sorted = try images.map { (try brightness($0), $0) }.sorted { $0.0 < $1.0 }
    let (dark, bright) = (sorted.first!.1, sorted.last!.1)
    let threshold = (sorted.first!.0 + sorted.last!.0) / 2
    try #require(sorted.last!.0 - sorted.first!.0 > 0.1)
    let int8 = try network([1, 0], [0, threshold])
    let evaluation = try Evaluation(
      int8.model, float: network([0, 0], [3, 4]).float,
      entries: [
        entry(dark, 1), entry(bright, 0), entry("truncated.jpg", 0), entry(bright, 1), entry(dark, 0),
        entry(bright, 0), entry(dark, nil),
      ])
    #expect(evaluation.sums.imageCount == 6 && evaluation.sums.labelledCount == 5)
    #expect(evaluation.skipped.count == 1)
    #expect(evaluation.sums.int8Correct == 3 && evaluation.sums.int8Accuracy == 0.6)
    #expect(evaluation.sums.floatCorrect == 2 && evaluation.sums.floatAccuracy == 0.4)
    #expect(evaluation.sums.sameClass == 3 && evaluation.sums.agreement == 0.5)
    #expect(evaluation.floatLogits == [[Float]](repeating: [3, 4], count: 6))
    #expect(evaluation.int8Logits.map { $0[1] } == [Float](repeating: threshold, count: 6))
    for (logits, image) in zip(evaluation.int8Logits, [dark, bright, bright, dark, bright, dark]) {
      #expect(try abs(logits[0] - brightness(image)) < 0.01)
    }
  }

  /// The energy of the float logits is 25, that of the difference 0.25.
  @Test func signalToNoise() throws {
    let float = try network([0, 0], [3, 4]).float
    let entries = [entry("grey.jpg", nil), entry("cmyk.jpg", nil)]
    let evaluation = try Evaluation(network([0, 0], [3, 4.5]).model, float: float, entries: entries)
    #expect(evaluation.sums.signalToNoise == 20)
    let equal = try Evaluation(network([0, 0], [3, 4]).model, float: float, entries: entries)
    #expect(equal.sums.signalToNoise == .infinity)
  }

  /// Of equal logits the first counts.
  @Test func ties() throws {
    let evaluation = try Evaluation(
      network([0, 0, 0], [2, 5, 5]).model, float: network([0, 0, 0], [1, 1, 0]).float,
      entries: [entry("grey.jpg", 1), entry("grey.jpg", 2), entry("grey.jpg", 0)])
    #expect(evaluation.sums.int8Correct == 1 && evaluation.sums.floatCorrect == 1 && evaluation.sums.sameClass == 0)
    #expect(([] as [Float]).indexOfMaximum == 0 && ([3, 7, 7, 1] as [Float]).indexOfMaximum == 1)
  }

  /// Pictures have 1 or 3 channels; a model may take 2 or 4.
  @Test(arguments: [2, 4])
  func aModelThatTakesNoPictures(channels: Int) throws {
    let convolution = Convolution(
      weights: [Float](repeating: 1, count: channels), bias: [0], inputChannels: channels, outputChannels: 1,
      kernelHeight: 1, kernelWidth: 1)
    let graph = Graph(
      name: "model", inputChannels: channels,
      layers: [
        Layer(name: "sum", input: 0, operation: .convolution(convolution, shortcut: nil, relu: true)),
        Layer(name: "average", input: 1, operation: .globalAveragePool),
      ])
    let model = try QuantizedNetwork(
      graph, height: 1, width: 1,
      normalization: Normalization(
        mean: .init(repeating: 0, count: channels), std: .init(repeating: 1, count: channels)),
      calibration: [.init(repeating: 255, count: channels)]
    ).model
    let error = try #require(throws: EvaluationError.self) {
      try Evaluation(model, float: nil, entries: [entry("grey.jpg", nil)])
    }
    #expect(
      error.description == "model: takes images of \(channels) channels, and pictures are read as 1 (grey) or 3 (RGB); "
        + "run the model from C, on pixels of your own")
  }
}
