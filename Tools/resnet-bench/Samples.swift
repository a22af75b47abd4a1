/// Seconds that something took, one a round.
struct Samples {
  private(set) var seconds: [Double] = []

  mutating func append(_ duration: Duration) { append(seconds: duration / .seconds(1)) }
  mutating func append(seconds value: Double) { seconds.append(value) }

  var min: Double { seconds.min()! }
  var median: Double { seconds.sorted()[seconds.count / 2] }
}

/// The least power of two that makes `work`, given it as a number of repetitions, last half a millisecond: short enough to
/// meet the machine's quiet moments as a layer does, long enough that reading the clock does not count.
func repetitions(of work: (Int) -> Void) -> Int {
  var count = 1
  while ContinuousClock().measure({ work(count) }) < .microseconds(500) { count *= 2 }
  return count
}
