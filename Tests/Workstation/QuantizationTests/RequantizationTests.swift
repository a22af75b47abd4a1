import Foundation
import Quantization
import Testing

@Suite struct RequantizationTests {
  /// Values around every power of two and multiplier that networks use, and some whose significand rounds up to the
  /// next power of two.
  private static let values: [Double] = (1...37).flatMap { exponent in
    significands.map { $0 / Double(1 << exponent) }
  }
  private static let significands: [Double] = [
    1, 1.0.nextUp, 1.25, 1.00390625, 1.3, 1.99609375, 1.9961, 1.99993896484375,
  ]

  @Test(arguments: values)
  func factorIsTheSmallestNotBelow(value: Double) throws {
    let factor = RequantizationFactor(atLeast: value)
    #expect(
      factor.value == Double(factor.multiplier) / Double(sign: .plus, exponent: 15 + Int(factor.shift), significand: 1))
    #expect(factor.value >= value)
    if let next = factor.next { #expect(next.value < value) }
    #expect(factor.value <= value * (1 + 1 / 256.0))
    #expect(0...31 ~= factor.shift)
    #expect(factor.shift == 0 ? 256...32767 ~= factor.multiplier : 256...511 ~= factor.multiplier)
    #expect(RequantizationFactor(atLeast: factor.value) == factor, "a factor that can be said is itself")
  }

  /// `next` goes from the largest factor to the smallest and leaves none out.
  @Test func nextGoesThroughAllFactors() {
    var factor = RequantizationFactor(atLeast: 32767.0 / 32768)
    #expect((factor.multiplier, factor.shift) == (32767, 0))
    var count = 1
    while let next = factor.next {
      guard next.value < factor.value, factor.value <= next.value * (1 + 1 / 256.0) else {
        Issue.record("\(next) after \(factor)")
        return
      }
      #expect(RequantizationFactor(atLeast: (next.value + factor.value) / 2) == factor)
      factor = next
      count += 1
    }
    #expect(factor.value == scalbn(1.0, -38))
    #expect(count == (32767 - 255) + 31 * 256)
  }

  @Test func factorsOutOfReachAreTheNearestEnd() {
    #expect(RequantizationFactor(atLeast: 1e-30).value == scalbn(1.0, -38))
    #expect(RequantizationFactor(atLeast: 1.0.nextDown).value == 32767.0 / 32768)
    #expect(RequantizationFactor(atLeast: 5).value == 32767.0 / 32768)
  }

  /// The example of docs/numerics.md.
  @Test func documentedExample() {
    let factor = RequantizationFactor(atLeast: 0.02 * (0.5 / 127) / 0.03)
    #expect((factor.multiplier, factor.shift) == (345, 2))
  }

  @Test(arguments: values.map { $0 * 32767 } + [1.99999, 2, 3.9999, 1e-4, 32766.4, 32766.9, 32767])
  func shortcutFactorIsTheNearest(value: Double) {
    let factor = ShortcutFactor(nearest: value)
    #expect(0...31 ~= factor.shift && 0...32767 ~= factor.multiplier)
    // The bound is half a unit of the last of 15 significant bits.
    let unit = scalbn(1, max(Int(value.exponent) - 14, -31))
    #expect(abs(factor.value - value) <= unit / 2, "\(factor) for \(value)")
  }

  @Test func shortcutFactorEnds() {
    #expect(ShortcutFactor(nearest: ShortcutFactor.largest).value == ShortcutFactor.largest)
    #expect(ShortcutFactor(nearest: 1e-30).value == 0)
    #expect(ShortcutFactor(nearest: 1).value == 1)
  }
}
