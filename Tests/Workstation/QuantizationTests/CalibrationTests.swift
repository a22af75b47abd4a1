import FloatRuntime
import Graphs
import Quantization
import TestSupport
import Testing

@Suite struct CalibrationTests {
  private static let size = 33

  private func calibrate(_ images: [[UInt8]]) throws -> Calibration {
    var random = SeededGenerator(state: 3)
    let network = try FloatNetwork(residualGraph(&random), inputHeight: Self.size, inputWidth: Self.size)
    return try Calibration(network, imageCount: images.count, image: { images[$0] })
  }

  private var images: [[UInt8]] {
    var random = SeededGenerator(state: 5)
    return (0..<12).map { index in
      random.bytes(Self.size * Self.size * 3).map { $0 / UInt8(12 - index) }
    }
  }

  @Test func orderDoesNotMatter() throws {
    let forward = try calibrate(images)
    #expect(try calibrate(images.reversed()).histograms == forward.histograms)
    // The histograms of all images are the sum of the histograms of two parts.
    let (first, second) = try (calibrate(Array(images[..<5])), calibrate(Array(images[5...])))
    for (index, whole) in forward.histograms.enumerated() {
      guard let whole else { continue }
      var sum = first.histograms[index]!
      sum.merge(second.histograms[index]!)
      #expect(sum == whole)
    }
  }

  @Test func rangesFitTheValues() throws {
    let calibration = try calibrate(images)
    #expect(calibration.imageCount == 12)
    let parameters = calibration.quantizationParameters(.minMax, residualBits: .eight)
    var random = SeededGenerator(state: 3)
    let network = try FloatNetwork(residualGraph(&random), inputHeight: Self.size, inputWidth: Self.size)
    var (low, high) = ([Float](repeating: 0, count: 9), [Float](repeating: 0, count: 9))
    for image in images {
      let workspace = network.makeWorkspace()
      _ = image.withUnsafeBufferPointer {
        network.run($0, workspace: workspace) { tensor, view in
          low[tensor] = min(low[tensor], view.values.min()!)
          high[tensor] = max(high[tensor], view.values.max()!)
        }
      }
    }
    // The stem's range is that of its pool, whose values are the largest of each window.
    #expect(parameters[1] == parameters[2])
    #expect(parameters[3] == parameters[2], "an average pool has its input's range")
    for tensor in [2, 4, 5, 6] {
      #expect(parameters[tensor] == QuantizationParameters(low: low[tensor], high: high[tensor]))
    }
    #expect(parameters[2].zeroPoint == 0)
    #expect(parameters[5].zeroPoint > 0, "a2 has no ReLU")
    for tensor in [0, 7, 8] { #expect(parameters[tensor].scale == 1) }
  }

  /// Of as many images as show how often values are far from 0. Of a few, hardly any value is clipped.
  @Test func squaredErrorIsLeast() throws {
    let few = try calibrate(images)
    let calibration = try calibrate((0..<50).flatMap { _ in images })
    var random = SeededGenerator(state: 3)
    let network = try FloatNetwork(residualGraph(&random), inputHeight: Self.size, inputWidth: Self.size)
    var errors: [Calibration.Method: [Double]] = [:]
    for method in Calibration.Method.allCases {
      let parameters = calibration.quantizationParameters(method, residualBits: .eight)
      var sums = [Double](repeating: 0, count: 9)
      for image in images {
        let workspace = network.makeWorkspace()
        _ = image.withUnsafeBufferPointer {
          network.run($0, workspace: workspace) { tensor, view in
            for value in view.values {
              let error = Double(value) - parameters[tensor].rounded(Double(value))
              sums[tensor] += error * error
            }
          }
        }
      }
      errors[method] = sums
    }
    for tensor in [2, 4, 5, 6] { #expect(errors[.mse]![tensor] < errors[.minMax]![tensor], "tensor \(tensor)") }
    let scales = [few, calibration].map { $0.quantizationParameters(.mse, residualBits: .eight).map(\.scale) }
    for tensor in [2, 4, 5, 6] { #expect(scales[0][tensor] > scales[1][tensor]) }
  }

  @Test func noImageIsAnError() throws {
    var random = SeededGenerator(state: 3)
    let network = try FloatNetwork(residualGraph(&random), inputHeight: Self.size, inputWidth: Self.size)
    #expect(throws: QuantizationError.self) { try Calibration(network, imageCount: 3, image: { _ in nil }) }
    #expect(throws: QuantizationError.self) { try Calibration(network, imageCount: 0, image: { _ in nil }) }
  }

  private func failure(of graph: Graph) throws -> String {
    let network = try FloatNetwork(graph, inputHeight: 1, inputWidth: 1)
    return try #require(throws: QuantizationError.self) {
      try Calibration(network, imageCount: 1, image: { _ in [255, 255, 255] })
    }.description
  }

  /// Infinities that a pool drops and those of the logits are found too.
  @Test func valuesThatCannotBeCodedAreNamed() throws {
    func convolution(_ weight: Float, _ others: Float) -> Layer.Operation {
      let weights = [weight, others, others]
      return .convolution(
        Convolution(
          weights: weights, bias: [0], inputChannels: 3, outputChannels: 1, kernelHeight: 1, kernelWidth: 1),
        shortcut: nil, relu: false)
    }
    func graph(_ operations: [Layer.Operation]) -> Graph {
      Graph(
        name: "huge", inputChannels: 3,
        layers: operations.enumerated().map { Layer(name: "layer \($0)", input: $0, operation: $1) })
    }
    let remedy = "use another checkpoint, or the mean and std that it was trained with"
    #expect(
      try failure(of: graph([convolution(3e38, 3e38)])) == "layer 0 made values that are not finite; \(remedy)")
    // The sum of both infinities is NaN, which is not above any number.
    let pool = Layer.Operation.maxPool(kernel: 3, stride: 1, padding: 1)
    #expect(
      try failure(of: graph([convolution(3e38, -3e38), pool])) == "layer 0 made values that are not finite; \(remedy)")
    let tooLarge = try failure(of: graph([convolution(0, 1e30)]))
    #expect(tooLarge.hasPrefix("layer 0 made values of up to 5.0"))
    #expect(tooLarge.hasSuffix("e+30, beyond 1.2676506e+30; \(remedy)"))
    let logits = Layer.Operation.fullyConnected(weights: [3e38], bias: [0], inputs: 1, outputs: 1)
    #expect(
      try failure(of: graph([convolution(1, 1), .globalAveragePool, logits]))
        == "layer 2 made values that are not finite; \(remedy)")
  }

  @Test func codesOfARange() {
    #expect(QuantizationParameters(low: 0, high: 255) == QuantizationParameters(scale: 1, zeroPoint: 0))
    #expect(QuantizationParameters(low: -100, high: 155) == QuantizationParameters(scale: 1, zeroPoint: 100))
    #expect(QuantizationParameters(low: -255, high: 0) == QuantizationParameters(scale: 1, zeroPoint: 255))
    #expect(QuantizationParameters(low: 0, high: 0) == QuantizationParameters(scale: 1, zeroPoint: 0))
    let signed = QuantizationParameters(low: -100, high: 155)
    #expect(signed.rounded(3.4) == 3)
    #expect(signed.rounded(-1000) == -100)
    #expect(signed.rounded(1000) == 155)
  }
}
