import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX2. They multiply bytes by vpmaddubsw, which saturates the sum of two products. `SortedPlaces` tells
/// where it could, and `WidenedRows` does without.
enum AVX2: RowInstructionSet, OneBlockWinogradSet {
  typealias Products = SortedRows
  typealias Codes = SIMD16<Int16>
  typealias LargePairTile = PairTile<AVX2, 6, 1>
  typealias SmallPairTile = PairTile<AVX2, 4, 1>

  @inline(__always)
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    RowTile<AVX2, 8>.accumulate(&sums, inputs, walk, weights: weights, blockBytes: blockBytes)
  }

  @inline(__always)
  static func prepare(
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, blocks: Int, pixels: Int,
    _ body: (UnsafePointer<rn8_convolution>) -> Void
  ) {
    SortedPlaces.sort(convolution, block: block, blocks: blocks, pixels: pixels, body)
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
  static func pixelsPerTile(blocks: Int) -> Int { 8 }

  static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    RowTile<AVX2, 8>.convolve(convolution, first: first, count: count, block: block, blocks: blocks)
  }

  static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int) {
    RowTile<AVX2, 8>.multiply(product, first: first, count: count, block: block, blocks: blocks)
  }
}

@_cdecl("rn8_store_run_avx2")
public func storeRun(
  _ sums: UnsafeRawPointer, _ projected: UnsafeRawPointer?, _ count: Int32,
  _ convolution: UnsafePointer<rn8_convolution>, _ block: Int32, _ blocks: Int32, _ y: Int32, _ x: Int32
) {
  AVX2.storeRun(sums, projected, count, convolution, block, blocks, y, x)
}

@_cdecl("rn8_kernels_avx2")
public func kernelsAVX2(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShareWithWinograd(AVX2.self, operation, worker: Int(worker), of: Int(workerCount))
}
