import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX2. They widen bytes to 16 bits, because the instruction that multiplies bytes directly,
/// vpmaddubsw, saturates.
enum AVX2: TiledInstructionSet, OneBlockWinogradSet {
  typealias Codes = SIMD16<Int16>
  typealias LargePairTile = PairTile<AVX2, 6, 1>
  typealias SmallPairTile = PairTile<AVX2, 4, 1>

  /// The number of codes of each row that are widened at a time and then multiplied by the weights of all channels of
  /// the tile. A 3x3 window of 64 channels, 576 codes, is widened at once.
  private static var capacity: Int { 768 }

  @inline(__always)
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    precondition(rows * capacity * 2 <= MemoryLayout<rn8_widened_codes>.size)
    var memory = rn8_room_for_widened_codes()
    withUnsafeMutableBytes(of: &memory) { memory in
      let widened = memory.baseAddress!
      var weights = weights
      var walk = walk
      while true {
        var filled = 0
        while filled < capacity, let bytes = walk.next(atMost: capacity - filled) {
          for row in 0..<rows {
            rn8_widen_codes(widened + (row * capacity + filled) * 2, inputs[row] + bytes.lowerBound, bytes.count)
          }
          filled += bytes.count
        }
        if filled == 0 { break }
        for b in 0..<blocks {
          let low: InlineArray<rows, SIMD8<Int32>> = products(widened, filled, weights + b * blockBytes)
          for row in 0..<rows { sums[row][b].lowHalf &+= low[row] }
          let high: InlineArray<rows, SIMD8<Int32>> = products(widened, filled, weights + b * blockBytes + 32)
          for row in 0..<rows { sums[row][b].highHalf &+= high[row] }
        }
        weights += filled * 16
      }
    }
  }

  /// Returns the dot products of `count` widened codes of each row and the weights of 8 channels.
  ///
  /// Each channel has two lanes: one for the first two of every 4 codes, one for the last two. So the sums of a row
  /// are two vectors, and those of 4 rows take 8 of 16 registers.
  @inline(__always)
  private static func products<let rows: Int>(
    _ widened: UnsafeMutableRawPointer, _ count: Int, _ weights: UnsafeRawPointer
  ) -> InlineArray<rows, SIMD8<Int32>> {
    var first = InlineArray<rows, SIMD8<Int32>>(repeating: .zero)
    var second = first
    for place in stride(from: 0, to: count, by: 4) {
      let firstWeights = rn8_widen_weights(weights + place * 16)
      let secondWeights = rn8_widen_weights(weights + place * 16 + 16)
      for row in 0..<rows {
        let codes = rn8_broadcast_codes(widened + (row * capacity + place) * 2)
        first[row] = rn8_vpmaddwd(first[row], codes, firstWeights)
        second[row] = rn8_vpmaddwd(second[row], codes, secondWeights)
      }
    }
    var sums = first
    for row in 0..<rows { sums[row] = rn8_add_pairs(first[row], second[row]) }
    return sums
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    if blocks == 1 {
      rn8_store_codes_avx2(
        codes, values[0].lowHalf, values[0].highHalf, multiplier[0].lowHalf, multiplier[0].highHalf)
      return
    }
    for b in stride(from: 0, to: blocks, by: 2) {
      rn8_store_codes_2_avx2(
        codes + b * 16, values[b].lowHalf, values[b].highHalf, values[b + 1].lowHalf, values[b + 1].highHalf,
        multiplier[b].lowHalf, multiplier[b].highHalf, multiplier[b + 1].lowHalf, multiplier[b + 1].highHalf)
    }
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer, remainders: UnsafeMutableRawPointer
  ) {
    if blocks == 1 {
      rn8_store_fine_codes_avx2(
        codes, remainders, values[0].lowHalf, values[0].highHalf, multiplier[0].lowHalf, multiplier[0].highHalf)
      return
    }
    for b in stride(from: 0, to: blocks, by: 2) {
      rn8_store_fine_codes_2_avx2(
        codes + b * 16, remainders + b * 16, values[b].lowHalf, values[b].highHalf, values[b + 1].lowHalf,
        values[b + 1].highHalf, multiplier[b].lowHalf, multiplier[b].highHalf, multiplier[b + 1].lowHalf,
        multiplier[b + 1].highHalf)
    }
  }

  static var blocksPerTile: Int { 4 }
  static func pixelsPerTile(blocks: Int) -> Int { 4 }

  static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    switch blocks {
    case 4 where count == 1: Tile<AVX2, 1, 4>.convolveTile(convolution, first: first, count: count, block: block)
    case 4: Tile<AVX2, 4, 4>.convolveTile(convolution, first: first, count: count, block: block)
    case 2: Tile<AVX2, 4, 2>.convolveTile(convolution, first: first, count: count, block: block)
    default: Tile<AVX2, 4, 1>.convolveTile(convolution, first: first, count: count, block: block)
    }
  }

  static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int) {
    switch blocks {
    case 4: Tile<AVX2, 4, 4>.multiplyTile(product, first: first, count: count, block: block)
    case 2: Tile<AVX2, 4, 2>.multiplyTile(product, first: first, count: count, block: block)
    default: Tile<AVX2, 4, 1>.multiplyTile(product, first: first, count: count, block: block)
    }
  }
}

@_cdecl("rn8_store_run_avx2")
public func storeRun(
  _ sums: UnsafeRawPointer, _ projected: UnsafeRawPointer?, _ count: Int32,
  _ convolution: UnsafePointer<rn8_convolution>, _ block: Int32, _ blocks: Int32, _ y: Int32, _ x: Int32
) {
  precondition(blocks == 1)
  typealias Vectors = PixelRun<AVX2, 1>.Vectors
  PixelRun<AVX2, 1>.store(
    sums.assumingMemoryBound(to: Vectors.self), projected?.assumingMemoryBound(to: Vectors.self), Int(count),
    convolution, block: Int(block), Int(y), Int(x))
}

@_cdecl("rn8_kernels_avx2")
public func kernelsAVX2(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShareWithWinograd(AVX2.self, operation, worker: Int(worker), of: Int(workerCount))
}
