/// The times that something took, one for each round, in seconds.
struct Samples {
  private(set) var seconds: [Double] = []

  mutating func append(_ duration: Duration) { append(seconds: duration / .seconds(1)) }
  mutating func append(seconds value: Double) { seconds.append(value) }

  var min: Double { seconds.min()! }
  var median: Double { seconds.sorted()[seconds.count / 2] }
}

/// Returns the least power of two that makes `work` last half a millisecond when it is given as the number of
/// repetitions. That is short enough to fall into the machine's quiet moments, as a layer does. It is long enough that
/// reading the clock does not count.
func repetitions(of work: (Int) -> Void) -> Int {
  var count = 1
  while ContinuousClock().measure({ work(count) }) < .microseconds(500) { count *= 2 }
  return count
}
