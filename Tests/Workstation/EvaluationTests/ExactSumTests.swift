import Evaluation
import TestSupport
import Testing

@Suite struct ExactSumTests {
  private func sum(_ numbers: some Sequence<Double>) -> ExactSum {
    var sum = ExactSum()
    for number in numbers { sum += number }
    return sum
  }

  /// Squares of floats of all magnitudes. As `Double`, their sum depends on the order.
  private func squares(_ count: Int) -> [Double] {
    var random = SeededGenerator(state: 1)
    return (0..<count).map { _ in
      let float = Double(Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &random)))
      return float * float
    }
  }

  @Test func orderAndGroupingDoNotMatter() {
    let numbers = squares(1000)
    let whole = sum(numbers)
    var random = SeededGenerator(state: 2)
    for _ in 0..<20 {
      let shuffled = numbers.shuffled(using: &random)
      #expect(sum(shuffled) == whole)
      let cut = Int.random(in: 0...1000, using: &random)
      var parts = sum(shuffled[..<cut])
      parts += sum(shuffled[cut...])
      #expect(parts == whole && parts.value == whole.value)
    }
  }

  /// A `Double` forgets what is 2^53 times smaller, and these sums do not.
  @Test func nothingIsRounded() {
    let smallest = Double(Float.leastNonzeroMagnitude) * Double(Float.leastNonzeroMagnitude)
    let largest = Double(Float.greatestFiniteMagnitude) * Double(Float.greatestFiniteMagnitude)
    #expect(sum([smallest, largest]) != sum([largest]))
    #expect(sum([smallest]).description == "0x1p-298" && sum([smallest]).value == smallest)
    #expect(sum([largest]).value == largest)
    #expect(sum([]).value == 0 && sum([0]) == ExactSum() && ExactSum().description == "0x0p0")
    #expect(sum([0.5, 0.25, 3]).value == 3.75)
    // Ones carry through all digits above them.
    let ones = ExactSum("0x" + String(repeating: "f", count: 150) + "p-298")!
    var carried = ones
    carried += smallest
    #expect(carried.description == "0x1p302" && carried.value == 0x1p302)
  }

  @Test func text() throws {
    for sum in [sum([]), sum([1]), sum([0.125]), sum([10]), sum([1e30, 1e-30]), sum(squares(100))] {
      #expect(ExactSum(sum.description) == sum)
      #expect(Double(sum.description) == sum.value || abs(Double(sum.description)! / sum.value - 1) < 1e-15)
    }
    // The exponent is one of -298, -294, -290 and so on.
    #expect(sum([10]).description == "0x28p-2")
    #expect(ExactSum("0x4p-2")?.value == 1 && ExactSum("0x1p314")?.value == 0x1p314)
    for text in [
      "", "0x", "0x4", "4p-2", "0x4p", "0xgp-2", "0x1p-299", "0x4p-2p-2", "-0x4p-2", "0x-4p-2", "0x4p-2 ", "0x4P-2",
      "0x04p-2", "0x40p-2", "0x1p318", "0x1p322", "0x1p99999999999999999999",
      "0x" + String(repeating: "f", count: 156) + "p-298",
      "0x1" + String(repeating: "0", count: 100_000) + "p-298",
    ] { #expect(ExactSum(text) == nil, "\(text.prefix(40))") }
  }
}
