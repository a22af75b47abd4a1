import FloatRuntime

/// Counts of a tensor's values in equal bins around 0.
///
/// A bin's width is a power of two that doubles when a larger value comes. Both the bin of a value and its doubling are
/// exact, so that the result depends on the set of values alone, not on their order or on how threads shared them.
public struct Histogram: Sendable, Equatable {
  public private(set) var minimum = Float.infinity
  public private(set) var maximum = -Float.infinity
  /// Bins each side of 0. More than half of the larger side's lie below its largest value: 8 or more a code.
  static let halfCount = 4096
  /// Bin `halfCount + n` counts values in `n ..< n + 1` times 2^exponent.
  private var counts = [Int](repeating: 0, count: 2 * halfCount)
  private var exponent = lowestExponent
  /// Keeps 2^-exponent finite.
  private static let lowestExponent = -126

  public init() {}

  /// Bins that are not empty, by the value in their middle.
  var bins: [(value: Double, count: Double)] {
    let width = Double(sign: .plus, exponent: exponent, significand: 1)
    return counts.indices.filter { counts[$0] > 0 }.map {
      (value: (Double($0 - Self.halfCount) + 0.5) * width, count: Double(counts[$0]))
    }
  }

  /// - Returns: false, having counted nothing, where a value is not finite.
  mutating func add(_ tensor: FloatTensorView) -> Bool {
    // Integers in the order of the floats they stand for; those of infinities and NaN lie outside all others.
    var (low, high) = (Int32.max, Int32.min)
    tensor.forEachRun { run in
      for value in run {
        let bits = Int32(bitPattern: value.bitPattern)
        let key = bits ^ ((bits >> 31) & Int32.max)
        low = min(low, key)
        high = max(high, key)
      }
    }
    func float(_ key: Int32) -> Float { Float(bitPattern: UInt32(bitPattern: key ^ ((key >> 31) & Int32.max))) }
    guard float(low).isFinite, float(high).isFinite else { return false }
    minimum = min(minimum, float(low))
    maximum = max(maximum, float(high))
    grow(toHold: max(abs(float(low)), abs(float(high))))

    let binsPerUnit = Float(sign: .plus, exponent: -exponent, significand: 1)
    counts.withUnsafeMutableBufferPointer { counts in
      let zero = counts.baseAddress! + Self.halfCount
      tensor.forEachRun { run in
        for value in run {
          let magnitude = Int32(abs(value) * binsPerUnit)
          zero[Int(magnitude ^ (Int32(bitPattern: value.bitPattern) >> 31))] += 1
        }
      }
    }
    return true
  }

  /// Adds what another one counted.
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
    // magnitude < 2^(its exponent + 1) = halfCount bins
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
