import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX-512 without VNNI. Like those for AVX2 they multiply numbers of 16 bits, by vpmaddwd, since
/// vpmaddubsw saturates. Those for AVX-512 VNNI and AMX leave to them what is no dot product of bytes.
enum AVX512: WinogradInstructionSet, RowInstructionSet {
  typealias Products = PartedRows
  static var blocksPerTile: Int { 4 }
  static func pixelsPerTile(blocks: Int) -> Int { PartedRows.most }

  static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    RowTile<AVX512, 28>.convolve(convolution, first: first, count: count, block: block, blocks: blocks)
  }

  static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int) {
    RowTile<AVX512, 28>.multiply(product, first: first, count: count, block: block, blocks: blocks)
  }

  @inline(__always)
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    RowTile<AVX512, 28>.accumulate(&sums, inputs, walk, weights: weights, blockBytes: blockBytes)
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    if blocks == 4 {
      rn8_store_codes_4(
        codes, values[0], values[1], values[2], values[3], multiplier[0], multiplier[1], multiplier[2], multiplier[3])
    } else {
      for b in 0..<blocks { rn8_store_codes(codes + b * 16, values[b], multiplier[b]) }
    }
  }

  @inline(__always)
  static var packsPixels: Bool { true }

  @inline(__always)
  static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int
  ) {
    rn8_store_codes_of_4(codes, stride, pixels[0], pixels[1], pixels[2], pixels[3], multiplier)
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer, remainders: UnsafeMutableRawPointer
  ) {
    if blocks == 4 {
      rn8_store_fine_codes_4(
        codes, remainders, values[0], values[1], values[2], values[3], multiplier[0], multiplier[1], multiplier[2],
        multiplier[3])
    } else {
      for b in 0..<blocks {
        rn8_store_fine_codes(codes + b * 16, remainders + b * 16, values[b], multiplier[b])
      }
    }
  }

  @inline(__always)
  static func products<let blocks: Int>(
    ofCodes codes: UnsafeRawPointer, remainders: UnsafeRawPointer, _ multiplier: InlineArray<blocks, SIMD16<Int32>>
  ) -> InlineArray<blocks, SIMD16<Int32>> {
    var products = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
    if blocks == 4 {
      for b in stride(from: 0, to: 4, by: 2) {
        let pairs = rn8_load_fine_pairs(codes, remainders, Int32(b))
        products[b] = rn8_product_int16(pairs, multiplier[b])
        products[b + 1] = rn8_product_upper_int16(pairs, multiplier[b + 1])
      }
    } else {
      for b in 0..<blocks {
        let value = loadFineCodes(codes + b * 16, remainders + b * 16) ^ (1 << 15)
        products[b] = rn8_product_int16(value, multiplier[b])
      }
    }
    return products
  }

  @inline(__always)
  static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int,
    remainders: UnsafeMutableRawPointer, _ remainderStride: Int
  ) {
    rn8_store_fine_codes_of_4(
      codes, stride, remainders, remainderStride, pixels[0], pixels[1], pixels[2], pixels[3], multiplier)
  }
}

extension AVX512 {
  typealias Codes = SIMD32<Int16>
  static var winogradBlocks: Int { 2 }
  static var winogradTiles: Int { 12 }

  static func multiplyPairs(_ product: PairProduct, first: Int, count: Int, blocks: Int) -> Int {
    switch (blocks, count - first) {
    case (2, 5...): PairTile<AVX512, 12, 2>.multiply(product, first: first, count: count)
    case (2, _): PairTile<AVX512, 4, 2>.multiply(product, first: first, count: count)
    default: PairTile<AVX512, 12, 1>.multiply(product, first: first, count: count)
    }
  }
}

@_cdecl("rn8_store_run_avx512")
public func storeRun(
  _ sums: UnsafeRawPointer, _ projected: UnsafeRawPointer?, _ count: Int32,
  _ convolution: UnsafePointer<rn8_convolution>, _ block: Int32, _ blocks: Int32, _ y: Int32, _ x: Int32
) {
  AVX512.storeRun(sums, projected, count, convolution, block, blocks, y, x)
}

@_cdecl("rn8_kernels_avx512")
public func kernelsAVX512(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShareWithWinograd(AVX512.self, operation, worker: Int(worker), of: Int(workerCount))
}
