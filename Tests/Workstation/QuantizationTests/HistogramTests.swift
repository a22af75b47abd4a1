import Quantization
import TestSupport
import Testing

/// Tests the histograms of calibration: the counts, merging, and the ranges that are chosen from them.
@Suite struct HistogramTests {
  private func histogram(_ values: [Float]) -> Histogram {
    var histogram = Histogram()
    histogram.add(values)
    return histogram
  }

  /// The largest magnitude is 3, so that 4,096 bins reach to 4: each is 2^-10 wide.
  @Test func bins() {
    let histogram = histogram([0, 1, 1, -1, 3, -0.5, 0.0001])
    let half = 0.5 / 1024
    #expect(histogram.bins.map(\.value) == [-1 - half, -0.5 - half, half, 1 + half, 3 + half])
    #expect(histogram.bins.map(\.count) == [1, 1, 2, 2, 1])
    #expect(histogram.minimum == -1 && histogram.maximum == 3)
  }

  /// Bins widen by powers of two, whichever values come first.
  @Test func mergedIsCountedTogether() {
    var random = SeededGenerator(state: 4)
    let small = random.floats(500, within: 0.01)
    let large = random.floats(500, within: 1000)
    let together = histogram(small + large)
    var merged = histogram(small)
    merged.merge(histogram(large))
    #expect(merged == together)
    merged = histogram(large)
    merged.merge(histogram(small))
    #expect(merged == together)
    merged = histogram(small)
    merged.add(large)
    #expect(merged == together)
    merged.merge(Histogram())
    #expect(merged == together)
    #expect(together.bins.reduce(0) { $0 + $1.count } == 1000)
  }

  @Test func minMaxIsTheRangeOfAll() {
    #expect(
      histogram([-0.5, 2, 3]).quantizationParameters(.minMax) == QuantizationParameters(low: -0.5, high: 3))
    #expect(histogram([2, 3]).quantizationParameters(.minMax) == QuantizationParameters(low: 0, high: 3))
    #expect(histogram([-3, -2]).quantizationParameters(.minMax) == QuantizationParameters(low: -3, high: 0))
    for method in Calibration.Method.allCases {
      #expect(Histogram().quantizationParameters(method) == QuantizationParameters(scale: 1, zeroPoint: 0))
    }
  }

  private func squaredError(_ values: [Float], _ parameters: QuantizationParameters) -> Double {
    values.reduce(0) { sum, value in
      let difference = Double(value) - parameters.rounded(Double(value))
      return sum + difference * difference
    }
  }

  /// Values of several shapes: uniform, with a long tail on one side or both, and with one outlier.
  private static let samples: [[Float]] = {
    var random = SeededGenerator(state: 9)
    func gaussian(_ count: Int) -> [Float] {
      (0..<count).map { _ in random.floats(12, within: 0.5).reduce(0, +) }
    }
    let uniform = random.floats(2000, within: 1)
    return [
      uniform, uniform.map(abs), gaussian(3000), gaussian(3000).map { max($0, 0) }, gaussian(3000).map { $0 * $0 * $0 },
      gaussian(3000).map { $0 > 0 ? $0 * $0 : 0.1 * $0 }, gaussian(2000).map { -abs($0) }, gaussian(3000) + [40],
    ]
  }()

  /// No pair of ends at every 1/50 of the full values has an error that is less by more than the coarseness of bins.
  @Test(arguments: samples.indices)
  func leastSquaresIsLeast(sample: Int) {
    let values = Self.samples[sample]
    let parameters = histogram(values).quantizationParameters(.mse)
    let (low, high) = (min(values.min()!, 0), max(values.max()!, 0))
    var least = Double.infinity
    for lowStep in low < 0 ? 1...50 : 50...50 {
      for highStep in high > 0 ? 1...50 : 50...50 {
        let candidate = QuantizationParameters(low: low * Float(lowStep) / 50, high: high * Float(highStep) / 50)
        least = min(least, squaredError(values, candidate))
      }
    }
    #expect(squaredError(values, parameters) <= least * 1.03)
  }

  @Test func anOutlierIsClipped() {
    let values = Array([[Float]](repeating: Self.samples[2], count: 100).joined()) + [12]
    let (clipped, full) = (
      histogram(values).quantizationParameters(.mse), histogram(values).quantizationParameters(.minMax)
    )
    #expect(clipped.scale < 0.9 * full.scale)
    #expect(squaredError(values, clipped) < 0.9 * squaredError(values, full))
  }

  @Test func extremeValues() {
    let (huge, tiny) = (Quantizer.largestMagnitude, Float.leastNonzeroMagnitude)
    for method in Calibration.Method.allCases {
      let parameters = histogram([-huge, 0, huge]).quantizationParameters(method)
      #expect(parameters.scale.isFinite && parameters.scale > huge / 255)
      #expect(histogram([tiny, -tiny]).quantizationParameters(method).scale == 1)
    }
  }
}
