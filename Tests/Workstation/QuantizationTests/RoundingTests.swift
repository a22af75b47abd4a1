import Foundation
import Graphs
import Quantization
import ResNetInt8
import TestSupport
import Testing

/// Tests error-spreading rounding, from the samples of what a convolution reads to the codes of its weights.
@Suite struct RoundingTests {
  /// Samples whose rows depend on each other, as neighbouring pixels do. Row 3 is constant.
  private func samples(_ rows: Int, _ columns: Int) -> SampleMatrix {
    var random = SeededGenerator(state: UInt64(rows * 1000 + columns))
    let matrix = SampleMatrix(rowCount: rows, columnCount: columns)
    for column in 0..<columns {
      var value = Double.random(in: 0...255, using: &random)
      for row in 0..<rows {
        let reach = Double(20 + row * 7 % 90)
        value = max(0, min(255, value + Double.random(in: -reach...reach, using: &random)))
        matrix[row][column] = row == 3 ? 99 : UInt8(value)
      }
    }
    return matrix
  }

  /// Returns the exact covariance of two rows, times the number of samples.
  private func covariance(_ samples: SampleMatrix, _ a: Int, _ b: Int) -> Double {
    var (sumA, sumB, product) = (0, 0, 0)
    for column in 0..<samples.columnCount {
      let (x, y) = (Int(samples[a][column]), Int(samples[b][column]))
      (sumA, sumB, product) = (sumA + x, sumB + y, product + x * y)
    }
    return Double(product) - Double(sumA) * Double(sumB) / Double(samples.columnCount)
  }

  @Test(arguments: KernelSet.supported, [1, 4, 15, 16, 17, 63, 64, 65, 130])
  func covarianceIsExact(_ kernels: KernelSet, rows: Int) {
    for columns in [1, 63, 64, 65, 200] {
      let samples = samples(rows, columns)
      let covariance = Covariance(samples, kernels)
      #expect(covariance.order.sorted() == Array(0..<rows))
      let variances = covariance.order.map { self.covariance(samples, $0, $0) }
      #expect(variances == variances.sorted())
      var differences = 0
      for i in 0..<rows {
        for j in i..<rows {
          let expected = self.covariance(samples, covariance.order[i], covariance.order[j])
          if covariance.values[i * rows + j] != Float(expected) { differences += 1 }
        }
      }
      #expect(differences == 0, "\(rows) rows, \(columns) columns")
    }
  }

  /// 24,576 samples of the largest code, whose products come near the ends of Int32.
  @Test func covarianceOfManyLargeCodes() {
    let samples = SampleMatrix(rowCount: 2, columnCount: 24_576)
    for column in 0..<24_576 { (samples[0][column], samples[1][column]) = (255, column % 2 == 0 ? 255 : 0) }
    let covariance = Covariance(samples, KernelSet.fastest)
    #expect(covariance.order == [0, 1])
    #expect(covariance.values == [0, 0, 0, Float(24_576 * 127.5 * 127.5)])
  }

  @Test(arguments: [1, 5, 31, 32, 33, 70, 150])
  func choleskyFactorTimesItself(_ rows: Int) {
    let covariance = Covariance(samples(rows, 300), KernelSet.fastest)
    let factor = CholeskyFactor(covariance)
    #expect(factor.order == covariance.order)
    let mean = (0..<rows).reduce(0) { $0 + Double(covariance.values[$1 * rows + $1]) } / Double(rows)
    for i in 0..<rows {
      for j in i..<rows {
        let product = (0...i).reduce(0) {
          $0 + Double(factor.values[$1 * rows + i]) * Double(factor.values[$1 * rows + j])
        }
        let damping = i == j ? max(mean, 1) * 0.01 : 0
        #expect(abs(product - Double(covariance.values[i * rows + j]) - damping) <= 1e-4 * max(mean, 1))
      }
    }
  }

  /// The codes are those of the algorithm as its paper has it, with the inverse of the damped covariance.
  @Test(arguments: [1, 2, 17, 40])
  func codesAreThoseOfGPTQ(_ rows: Int) {
    var random = SeededGenerator(state: UInt64(rows))
    let samples = samples(rows, 300)
    let covariance = Covariance(samples, KernelSet.fastest)
    let rounding = ErrorSpreading(factors: [CholeskyFactor(covariance)])
    let weights = (0..<35).map { _ in random.floats(rows, within: 1)[...] }
    let scales = (0..<35).map { 1 / Float(8 + $0) }
    let codes = rounding.codes(weights, scales: scales)
    let expected = weights.indices.map { gptq(weights[$0].map(Double.init), Double(scales[$0]), covariance) }
    let different = zip(codes.joined(), expected.joined()).count { $0 != $1 }
    // A target in the middle between two codes may go either way.
    #expect(different <= codes.joined().count / 200, "\(different) codes differ")
  }

  private func gptq(_ weights: [Double], _ scale: Double, _ covariance: Covariance) -> [Int8] {
    let count = weights.count
    var matrix = (0..<count).map { i in
      (0..<count).map { Double(covariance.values[min(i, $0) * count + max(i, $0)]) }
    }
    let mean = (0..<count).reduce(0) { $0 + matrix[$1][$1] } / Double(count)
    for i in 0..<count { matrix[i][i] += max(mean, 1) * 0.01 }
    var inverse = inverted(matrix)
    var targets = covariance.order.map { weights[$0] }
    var codes = [Int8](repeating: 0, count: count)
    for i in (0..<count).reversed() {
      let code = max(-127, min(127, (targets[i] / scale).rounded()))
      codes[covariance.order[i]] = Int8(code)
      let error = (targets[i] - code * scale) / inverse[i][i]
      for j in 0..<i { targets[j] -= error * inverse[i][j] }
      let row = inverse[i]
      for j in 0..<i { for k in 0..<i { inverse[j][k] -= row[j] * row[k] / row[i] } }
    }
    return codes
  }

  /// Returns the inverse of a symmetric positive definite matrix, by Gauss and Jordan.
  private func inverted(_ matrix: [[Double]]) -> [[Double]] {
    var left = matrix
    var right = matrix.indices.map { i in matrix.indices.map { $0 == i ? 1.0 : 0 } }
    for i in matrix.indices {
      let pivot = left[i][i]
      for j in matrix.indices { (left[i][j], right[i][j]) = (left[i][j] / pivot, right[i][j] / pivot) }
      for row in matrix.indices where row != i {
        let factor = left[row][i]
        for j in matrix.indices {
          left[row][j] -= factor * left[i][j]
          right[row][j] -= factor * right[i][j]
        }
      }
    }
    return right
  }

  @Test func groupsHaveFactorsOfTheirOwn() {
    var random = SeededGenerator(state: 3)
    let factors = [20, 21].map { CholeskyFactor(Covariance(samples(8, $0), KernelSet.fastest)) }
    let weights = (0..<40).map { _ in random.floats(8, within: 1)[...] }
    let scales = [Float](repeating: 0.1, count: 40)
    let both = ErrorSpreading(factors: factors).codes(weights, scales: scales)
    let halves = [0..<20, 20..<40].enumerated().map { index, range in
      ErrorSpreading(factors: [factors[index]]).codes(Array(weights[range]), scales: Array(scales[range]))
    }
    #expect(both == halves[0] + halves[1])
    #expect(halves[0] != ErrorSpreading(factors: [factors[1]]).codes(Array(weights[..<20]), scales: scales))
  }

  @Test(arguments: [(height: 1, width: 1), (7, 7), (56, 56)], [1, 10, 500])
  func placesSpreadOverImages(_ size: (height: Int, width: Int), imageCount: Int) {
    let shape = TensorShape(height: size.height, width: size.width, channels: 1)
    let places = SamplePlaces(shape, imageCount: imageCount, total: 2000)
    #expect(places.count == min(size.height * size.width, 2000 / imageCount))
    var rows = Set<Int>()
    for image in 0..<imageCount {
      let pixels = (0..<places.count).map { places.pixel($0, image: image) }
      #expect(pixels.allSatisfy { 0..<size.height ~= $0.y && 0..<size.width ~= $0.x })
      #expect(Set(pixels.map { $0.y * size.width + $0.x }).count == places.count, "a pixel is taken twice")
      rows.formUnion(pixels.map(\.y))
    }
    #expect(rows.count == size.height)
  }

  /// The same images in another order give other sums of floating-point numbers, if the sums depend on threads.
  @Test func quantizingTwiceGivesTheSameBytes() throws {
    var random = SeededGenerator(state: 5)
    let graph = residualGraph(&random)
    let images = (0..<24).map { _ in random.bytes(33 * 33 * 3) }
    func bytes(_ rounding: Rounding) throws -> [UInt8] {
      try QuantizedNetwork(
        graph, height: 33, width: 33, normalization: .imageNet, calibration: images, rounding: rounding
      ).bytes
    }
    let first = try bytes(.errorSpreading)
    #expect(try bytes(.errorSpreading) == first)
    #expect(try bytes(.nearest) != first)
  }
}

extension KernelSet {
  fileprivate static var supported: [KernelSet] {
    let table = table
    return table.indices.map { table[$0] }.filter(\.isSupported)
  }
}
