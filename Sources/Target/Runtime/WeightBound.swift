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
      var sums = SIMD16<Int32>.zero
      var magnitudes = SIMD16<Int32>.zero
      for offset in stride(from: 0, to: blockBytes, by: 64) {
        let fours = (weights + block * blockBytes + offset).loadUnaligned(as: SIMD16<Int32>.self)
        for byte in 0..<4 {
          let weight = (fours &<< Int32(24 - 8 * byte)) &>> 24
          let sign = weight &>> 31
          sums &+= weight
          magnitudes &+= (weight ^ sign) &- sign
        }
      }
      for lane in 0..<16 {
        let (sum, magnitude) = (Int(sums[lane]), Int(magnitudes[lane]))
        largest = max(largest, 255 * (magnitude + abs(sum)) / 2)
      }
    }
    return largest
  }
}
