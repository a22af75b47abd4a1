import FloatRuntime

/// The histogram of a tensor's values, in equal bins around 0.
///
/// The width of a bin is a power of two. It doubles when a larger value comes. Both choosing the bin of a
/// value and doubling the width are exact. So the result depends only on the set of values, not on their order
/// or on how threads shared them.
public struct Histogram: Sendable, Equatable {
  public private(set) var minimum = Float.infinity
  public private(set) var maximum = -Float.infinity
  /// The number of bins on each side of 0. At least half of them lie below the largest magnitude: 2,048 bins for
  /// 256 codes, so 8 or more per code.
  static let halfCount = 4096
  /// The count of each bin. In units of 2^exponent, bin `halfCount + n` counts values in `n ..< n + 1` where `n` is not
  /// negative. Otherwise it counts those above `n`, up to and including `n + 1`.
  private var counts = [Int](repeating: 0, count: 2 * halfCount)
  private var exponent = lowestExponent
  /// The lower bound of the exponent, which keeps 2^-exponent finite.
  private static let lowestExponent = -126

  public init() {}

  /// The bins that are not empty, each with the value in its middle.
  package var bins: [(value: Double, count: Double)] {
    let width = Double(sign: .plus, exponent: exponent, significand: 1)
    return counts.indices.filter { counts[$0] > 0 }.map {
      (value: (Double($0 - Self.halfCount) + 0.5) * width, count: Double(counts[$0]))
    }
  }

  /// Counts the values of a tensor, all of which are finite.
  ///
  /// - Parameter range: the tensor's.
  package mutating func add(_ tensor: FloatTensorView, range: (low: Float, high: Float)) {
    add(range: range, forEachRun: tensor.forEachRun)
  }

  /// Counts values, all of which are finite. There is at least one.
  package mutating func add(_ values: [Float]) {
    add(range: (values.min()!, values.max()!)) { count in values.withUnsafeBufferPointer { count($0) } }
  }

  private mutating func add(
    range: (low: Float, high: Float), forEachRun: ((UnsafeBufferPointer<Float>) -> Void) -> Void
  ) {
    minimum = min(minimum, range.low)
    maximum = max(maximum, range.high)
    grow(toHold: max(abs(range.low), abs(range.high)))

    let binsPerUnit = Float(sign: .plus, exponent: -exponent, significand: 1)
    counts.withUnsafeMutableBufferPointer { counts in
      let zero = counts.baseAddress! + Self.halfCount
      forEachRun { run in
        for value in run {
          let magnitude = Int32(abs(value) * binsPerUnit)
          zero[Int(magnitude ^ (Int32(bitPattern: value.bitPattern) >> 31))] += 1
        }
      }
    }
  }

  /// Adds the counts of another histogram.
  public mutating func merge(_ other: Histogram) {
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    var other = other
    widen(to: other.exponent)
    other.widen(to: exponent)
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  private mutating func grow(toHold magnitude: Float) {
    guard magnitude > 0 else { return }
    // magnitude < 2^(magnitude.exponent + 1). That power becomes the end of the last bin, halfCount bins from 0.
    widen(to: Int(magnitude.exponent) + 1 - Self.halfCount.trailingZeroBitCount)
  }

  private mutating func widen(to exponent: Int) {
    guard exponent > self.exponent else { return }
    var wider = [Int](repeating: 0, count: counts.count)
    for index in counts.indices where counts[index] > 0 {
      wider[Self.halfCount + ((index - Self.halfCount) >> (exponent - self.exponent))] += counts[index]
    }
    counts = wider
    self.exponent = exponent
  }
}
