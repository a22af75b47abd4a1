import ModelFormat
import ResNetInt8
import TestSupport
import Testing

/// A layer is computed by Winograd's way only where its weights prove that the sums are exact, and by tiles that small.
@Suite struct WeightBoundTests {
  /// A convolution one of whose channels has weights of these sums, and the largest tiles that may compute it; 0 for none.
  struct Case: CustomTestStringConvertible {
    let channels, positive, negative, largestTile: Int

    var testDescription: String { "\(channels) channels, \(positive), -\(negative)" }
  }

  /// 255 x 131,586 is 2^25 - 2, and 255 x 2,105,376 is 2^29 - 32.
  private static let cases = [
    // No weights of so few channels exceed 2^25.
    Case(channels: 16, positive: 0, negative: 9 * 16 * 128, largestTile: 4),
    Case(channels: 112, positive: 9 * 112 * 127, negative: 0, largestTile: 4),
    Case(channels: 112, positive: 0, negative: 9 * 112 * 128, largestTile: 4),
    Case(channels: 128, positive: 131_586, negative: 0, largestTile: 4),
    Case(channels: 128, positive: 131_587, negative: 0, largestTile: 3),
    Case(channels: 128, positive: 0, negative: 131_586, largestTile: 4),
    Case(channels: 128, positive: 0, negative: 131_587, largestTile: 3),
    // Positive and negative weights may together exceed what either may.
    Case(channels: 128, positive: 72_000, negative: 72_000, largestTile: 4),
    Case(channels: 256, positive: 131_586, negative: 131_586, largestTile: 4),
    Case(channels: 256, positive: 131_000, negative: 131_587, largestTile: 3),
    Case(channels: 512, positive: 9 * 512 * 127, negative: 0, largestTile: 3),
    Case(channels: 512, positive: 0, negative: 9 * 512 * 128, largestTile: 3),
    Case(channels: 1856, positive: 2_105_376, negative: 0, largestTile: 3),
    Case(channels: 1856, positive: 2_105_377, negative: 0, largestTile: 0),
    Case(channels: 1856, positive: 0, negative: 2_105_376, largestTile: 3),
    Case(channels: 1856, positive: 0, negative: 2_105_377, largestTile: 0),
  ]

  @Test(arguments: cases, [0, 21])
  func weightsDecide(_ test: Case, channel: Int) throws {
    let bytes = Self.model(test, channel: channel).bytes
    var random = SeededGenerator(state: 4)
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      let byteCount = model.tensor(0).byteCount
      for image in [[UInt8](repeating: 255, count: byteCount), random.bytes(byteCount)] {
        let expected = ArenaRun.run(model, image, ArenaRun.winogradSets.last!, ArenaLayout(model).byteCount).logits
        for kernels in ArenaRun.winogradSets {
          for keepsWeights in [false, true] {
            let size = ArenaLayout(model, kernels, keepsWeights: keepsWeights, gains: ArenaRun.always).byteCount
            #expect(ArenaRun.run(model, image, kernels, size).logits == expected)
            // There are more tiles of 3, which take more room than is recommended.
            let roomy = ArenaRun.run(model, image, kernels, size + 8 << 20)
            #expect(roomy.logits == expected, "\(kernels.name)")
            #expect(roomy.largestTiles == [test.largestTile])
            #expect(roomy.made + roomy.kept == (test.largestTile > 0 ? 1 : 0))
          }
        }
      }
    }
  }

  /// Returns a model of two blocks. The weights of all channels but one are small.
  private static func model(_ test: Case, channel: Int) -> WideModel {
    let depth = 9 * test.channels
    var weights = (0..<32).map { channel in (0..<depth).map { Int8(($0 + channel) % 3 - 1) } }
    // As many weights are positive, in proportion, as their sum is large.
    let positives = depth * test.positive / (test.positive + test.negative)
    weights[channel] =
      distribute(test.positive, among: positives) + distribute(-test.negative, among: depth - positives)
    // Every bit of the sums of a white image counts in the middle of the map. Those of the border are saturated.
    let parameters = weights.map { weights in
      let sum = 255 * weights.reduce(0) { $0 + Int($1) }
      return (bias: Int32(100 - sum), shift: Int32(0), multiplier: Int32(32767))
    }
    return WideModel(channels: test.channels, blocks: 2, weights: weights, parameters: parameters)
  }

  private static func distribute(_ sum: Int, among count: Int) -> [Int8] {
    guard count > 0 else { return [] }
    let (share, more) = sum.quotientAndRemainder(dividingBy: count)
    return (0..<count).map { Int8($0 < abs(more) ? share + more.signum() : share) }
  }
}
