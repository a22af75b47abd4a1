import ModelFormat
import ResNetInt8
import TestSupport
import Testing

/// Winograd's sums are exact as far as docs/winograd.md says.
@Suite struct WinogradBoundTests {
  /// The largest tiles, the magnitude that sums may have, and channels that are enough for such sums.
  struct Bound {
    let largest, limit, channels: Int
  }

  private static let bounds = [
    Bound(largest: 4, limit: 1 << 25, channels: 128), Bound(largest: 3, limit: 1 << 29, channels: 1856),
  ]

  /// The sums of the first pixel, whose scale is the largest, are those at the bounds, and every bit of them counts.
  @Test(arguments: KernelSet.withWinograd, bounds)
  func sumsAtTheBounds(_ kernels: KernelSet, bound: Bound) {
    let sums = (0..<16).map { $0 % 2 == 0 ? bound.limit - 1 - $0 / 2 : -bound.limit + $0 / 2 }
    for (height, width) in bound.largest == 4 ? [(4, 4), (7, 9)] : [(3, 3), (2, 2), (3, 2), (5, 4)] {
      let problem = Self.problem(.init(height: height, width: width, channels: bound.channels), sums: sums)
      #expect((0..<16).allSatisfy { problem.expected(0, 0, $0).code == 100 + $0 }, "the sums are others")
      ConvolutionRun.check(problem, kernels, by: .winograd(largest: bound.largest, blocks: 1))
    }
  }

  /// Codes and weights are all the largest or the smallest. At 512 channels their sums are beyond 2^25. At 112 no sum is.
  @Test(arguments: KernelSet.withWinograd, [Int8(-128), -127, 127])
  func extremes(_ kernels: KernelSet, weight: Int8) {
    var random = SeededGenerator(state: 9)
    for code: UInt8 in [0, 255] {
      for (channels, largest) in [(512, 3), (112, 4)] {
        for shortcut in [ConvolutionProblem.Shortcut.none, .identity, .projection] {
          for hasRemainders in [false, true] {
            let shape = ConvolutionProblem.Shape(
              height: 4, width: 5, channels: channels, blocks: 2, shortcut: shortcut,
              shortcutHasRemainders: hasRemainders, outputHasRemainders: hasRemainders)
            ConvolutionRun.check(
              ConvolutionProblem(
                shape, codes: { .init(repeating: code, count: $0) }, weights: { .init(repeating: weight, count: $0) },
                random: &random), kernels, by: .winograd(largest: largest, blocks: 2))
          }
        }
      }
    }
  }

  /// Returns a problem of one block whose pixel (0, 0) has these sums, and the code 100 + lane in each lane.
  private static func problem(_ shape: ConvolutionProblem.Shape, sums: [Int]) -> ConvolutionProblem {
    var problem = ConvolutionProblem.random(shape)
    // The codes of its window are 255, but for the first one, which is 1. All other codes are random.
    for y in 0..<3 {
      for x in 0..<3 {
        let first = problem.input.address(y, x)
        for channel in 0..<shape.channels { problem.input.codes[first + channel] = 255 }
      }
    }
    problem.input.codes[0] = 1
    let depth = shape.windowShape.depth
    for (lane, sum) in sums.enumerated() {
      // 255 times all weights but the first, plus the first.
      let rest = (sum + (sum < 0 ? -127 : 127)) / 255
      for place in 0..<depth {
        let (share, more) = rest.quotientAndRemainder(dividingBy: depth - 1)
        let weight = place == 0 ? sum - 255 * rest : place <= abs(more) ? share + more.signum() : share
        problem.weights[place / 4 * 64 + lane * 4 + place % 4] = Int8(weight)
      }
      problem.parameters[ParameterBlock.bias * 16 + lane] = Int32(100 + lane - sum)
      problem.parameters[ParameterBlock.shift * 16 + lane] = 0
      problem.parameters[ParameterBlock.multiplier * 16 + lane] = 32767
    }
    return problem
  }
}
