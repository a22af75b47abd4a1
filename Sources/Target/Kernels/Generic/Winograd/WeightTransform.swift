import CKernels

/// Transforms a worker's share of the weights of some blocks of output channels.
@inlinable @inline(__always)
func transformWeightsShare<V: Int16Vector>(
  _: V.Type, _ winograd: UnsafePointer<rn8_winograd>, worker: Int, of workerCount: Int
) {
  // Four input channels of a block are 64 bytes of weights a tap.
  let groups = share(
    Int(winograd.pointee.blocks) * winograd.pointee.channels / 4, worker: worker, of: workerCount)
  let isWide = ChannelOrder<V>.fits(winograd.pointee.channels)
  WeightTransform<V>.transform(
    groups, span: isWide ? ChannelOrder<V>.span : ChannelOrder<SIMD8<Int16>>.span, winograd)
}

@usableFromInline
enum WeightTransform<V: Int16Vector> {
  /// - Parameters:
  ///   - groups: groups of four input channels, those of all blocks one after the other.
  ///   - span: that of the `ChannelOrder` in which the input is transformed.
  @inlinable @inline(never)
  static func transform(_ groups: Range<Int>, span: Int, _ winograd: UnsafePointer<rn8_winograd>) {
    let channelGroups = winograd.pointee.channels / 4
    let window = winograd.pointee.convolution.window
    let tapBytes = winograd.pointee.channels * 16
    let positionBytes = winograd.pointee.positionBytes
    for group in groups {
      let (block, channelGroup) = group.quotientAndRemainder(dividingBy: channelGroups)
      let weights =
        UnsafeRawPointer(window.weights!) + (Int(winograd.pointee.first_block) + block) * window.blockBytes
        + channelGroup * 64
      // Of each span, the pairs (0, 2) of all groups come before the pairs (1, 3).
      let (chunk, place) = (channelGroup * 4).quotientAndRemainder(dividingBy: span)
      let transformed =
        UnsafeMutableRawPointer(winograd.pointee.weights!) + block * winograd.pointee.blockBytes
        + (chunk * span / 2 + place / 4) * 64
      for part in stride(from: 0, to: 64, by: MemoryLayout<V>.size) {
        transformTaps(weights + part, tapBytes, to: transformed + part, positionBytes) { $0.evenWeights }
        transformTaps(weights + part, tapBytes, to: transformed + part + span / 4 * 64, positionBytes) { $0.oddWeights }
      }
    }
  }

  @inlinable @inline(__always)
  static func transformTaps(
    _ weights: UnsafeRawPointer, _ tapBytes: Int, to transformed: UnsafeMutableRawPointer, _ positionBytes: Int,
    widened: (V) -> V
  ) {
    var columns = InlineArray<3, InlineArray<6, V>>(repeating: InlineArray(repeating: .zero))
    for x in 0..<3 {
      var taps = InlineArray<3, V>(repeating: .zero)
      for y in 0..<3 { taps[y] = widened((weights + (3 * y + x) * tapBytes).loadUnaligned(as: V.self)) }
      columns[x] = transformWeights(taps[0], taps[1], taps[2])
    }
    for i in 0..<6 {
      let points = transformWeights(columns[0][i], columns[1][i], columns[2][i])
      for j in 0..<6 { (transformed + (6 * i + j) * positionBytes).storeBytes(of: points[j], as: V.self) }
    }
  }
}
