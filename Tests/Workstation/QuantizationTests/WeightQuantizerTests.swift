import Foundation
import Quantization
import TestSupport
import Testing

/// Tests how weights are rounded, and that the scale is the best of all that are tried.
@Suite struct WeightQuantizerTests {
  @Test func codes() {
    let weights: [Float] = [0, 1.25, -1.25, 0.75, 1.75, -0.75, 63.5, 63.75, -63.5, 1e30, -1e30]
    #expect(WeightQuantizer.codes(weights[...], scale: 0.5) == [0, 2, -2, 2, 4, -2, 127, 127, -127, 127, -127])
  }

  private func squaredError(_ weights: [Float], scale: Float) -> Double {
    weights.reduce(0) { sum, weight in
      let code = max(-127, min(127, (Double(weight) / Double(scale)).rounded(.toNearestOrEven)))
      return sum + pow(Double(weight) - code * Double(scale), 2)
    }
  }

  /// Counts below, at and above a vector of 16, so that no weight of the rest is left out.
  @Test(arguments: [1, 2, 15, 16, 17, 31, 32, 33, 100])
  func squaredErrorIsThatOfTheCodes(count: Int) {
    var random = SeededGenerator(state: UInt64(count))
    let weights = random.floats(count, within: 1)
    for scale: Float in [1 / 127, 0.5 / 127, 0.03] {
      let error = Double(weights.withUnsafeBufferPointer { WeightQuantizer.squaredError($0, scale: scale) })
      let expected = squaredError(weights, scale: scale)
      #expect(abs(error - expected) <= 1e-4 * expected + 1e-12, "scale \(scale)")
    }
  }

  @Test func bestIsTheFirstOfTheLeast() {
    let weights: [Float] = [1, -2, 3]
    func best(_ scales: [Float]) -> Int? {
      WeightQuantizer.best(weights[...], among: scales.indices) { scales[$0] }
    }
    #expect(best([0.3, 1, 0.5, 0.7]) == 1, "1 and 0.5 have no error, and 1 comes first")
    #expect(best([0.3, 0.7, 0.5, 1]) == 2)
    #expect(best([0.3]) == 0)
    #expect(best([]) == nil)
  }

  @Test func bestScaleIsTheBestOfAll() throws {
    var random = SeededGenerator(state: 2)
    var isClipped = false
    for outlier: Float in [1, 1.5, 2, 4] {
      for count in [8, 64, 20_000] {
        var weights = random.floats(count, within: 1)
        weights[count / 2] = outlier
        let scale = WeightQuantizer.bestScale(weights[...])
        // The scales go from that which clips nothing to about half of it.
        let scales = (0..<96).map { outlier / 127 * (1 - Float($0) / 192) }
        #expect(scales.contains(scale))
        let least = scales.map { squaredError(weights, scale: $0) }.min()!
        #expect(squaredError(weights, scale: scale) <= least * 1.0001)
        isClipped = isClipped || scale < outlier / 127 * 0.955
      }
    }
    #expect(isClipped, "an outlier among many weights is clipped")
  }

  @Test func exactWeightsKeepTheirScale() {
    let weights: [Float] = [127, -126, 1, 0, 64]
    #expect(WeightQuantizer.bestScale(weights[...]) == 1)
    #expect(WeightQuantizer.codes(weights[...], scale: 1) == [127, -126, 1, 0, 64])
    #expect(WeightQuantizer.bestScale([0, 0][...]) == Float(1) / 127)
  }

  @Test func vanishingWeightsHaveNoMagnitude() {
    #expect(WeightQuantizer.largestMagnitude([0.5, -2, 1][...]) == 2)
    #expect(WeightQuantizer.largestMagnitude([1e-31, -1e-31][...]) == 0)
    #expect(WeightQuantizer.largestMagnitude([1e-29][...]) == 1e-29)
  }
}

private func == (a: (scale: Float, codes: [Int8]), b: (Float, [Int8])) -> Bool { a.scale == b.0 && a.codes == b.1 }
