import FloatRuntime

/// The smallest and the largest value of each channel of a tensor, over images.
public struct ChannelRanges: Sendable {
  public private(set) var lows: [Float]
  public private(set) var highs: [Float]

  init(channels: Int) {
    lows = [Float](repeating: 0, count: channels)
    highs = lows
  }

  /// Widens the ranges, which contain 0, to the values of a tensor.
  mutating func add(_ tensor: FloatTensorView) {
    lows.withUnsafeMutableBufferPointer { lows in
      highs.withUnsafeMutableBufferPointer { highs in
        for y in 0..<tensor.shape.height {
          for x in 0..<tensor.shape.width {
            let pixel = tensor.pixel(y, x)
            for channel in pixel.indices {
              lows[channel] = min(lows[channel], pixel[channel])
              highs[channel] = max(highs[channel], pixel[channel])
            }
          }
        }
      }
    }
  }

  mutating func merge(_ other: ChannelRanges) {
    for channel in lows.indices {
      lows[channel] = min(lows[channel], other.lows[channel])
      highs[channel] = max(highs[channel], other.highs[channel])
    }
  }

  /// The largest magnitude of each channel.
  public var magnitudes: [Float] { zip(lows, highs).map { max(-$0, $1) } }

  /// The channel with the widest range, and how many times as wide it is as the median of those that are not 0 throughout.
  public var widest: (index: Int, ratio: Double)? {
    let magnitudes = magnitudes
    let alive = magnitudes.filter { $0 > 0 }.sorted()
    guard !alive.isEmpty, let index = magnitudes.indices.max(by: { magnitudes[$0] < magnitudes[$1] }) else {
      return nil
    }
    return (index, Double(magnitudes[index]) / Double(alive[alive.count / 2]))
  }
}
