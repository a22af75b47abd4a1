import CIntrinsics
import ModelFormat

extension Model {
  /// Returns the largest tiles, 4 or 3 pixels each way, by which Winograd's sums of a layer are exact whatever its input is; 0
  /// where those of tiles of 3 and 2 are not either. docs/winograd.md derives the bounds.
  func largestTile(ofLayer index: Int, _ winograd: WinogradLayer) -> Int {
    // What no weights can exceed: 255 x 128 for each tap and channel.
    let most = 9 * winograd.channels * 255 * 128
    if most < Self.sumLimit(largestTile: 4) { return 4 }
    let largest = largestSum(ofLayer: index, winograd)
    return largest < Self.sumLimit(largestTile: 4) ? 4 : largest < Self.sumLimit(largestTile: 3) ? 3 : 0
  }

  private static func sumLimit(largestTile: Int) -> Int { largestTile == 4 ? 1 << 25 : 1 << 29 }

  /// Returns the largest absolute value that a sum of codes times a channel's weights can have: 255 times the channel's
  /// positive weights, or its negative ones.
  private func largestSum(ofLayer index: Int, _ winograd: WinogradLayer) -> Int {
    let weights = bytes + Int(layer(index).window.weights)
    let blockBytes = 9 * winograd.channels * 16
    var largest = 0
    for block in 0..<winograd.blockCount {
      var (positive, negative) = (SIMD16<Int32>.zero, SIMD16<Int32>.zero)
      for start in stride(from: 0, to: blockBytes, by: 64 * linesPerSum) {
        var (positives, negatives) = (SIMD32<Int16>.zero, SIMD32<Int16>.zero)
        for offset in stride(from: start, to: min(start + 64 * linesPerSum, blockBytes), by: 64) {
          let pairs = (weights + block * blockBytes + offset).loadUnaligned(as: SIMD32<Int16>.self)
          let (even, odd) = (rn8_even_weights_32(pairs), rn8_odd_weights_32(pairs))
          let (evenAbove, oddAbove) = (rn8_max_int16(even, .zero), rn8_max_int16(odd, .zero))
          positives &+= evenAbove &+ oddAbove
          negatives &+= (even &- evenAbove) &+ (odd &- oddAbove)
        }
        for lane in 0..<32 {
          positive[lane / 2] += Int32(positives[lane])
          negative[lane / 2] -= Int32(negatives[lane])
        }
      }
      for channel in 0..<16 { largest = max(largest, Int(max(positive[channel], negative[channel]))) }
    }
    return 255 * largest
  }
}

/// The number of lines of 64 weights whose sums of two weights each fit in 16 bits: 128 x 2 x 128 = 2^15 = -Int16.min.
private let linesPerSum = 128
