import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX-512 with VNNI: 32 registers of 16 lanes, and 64 products in one instruction, `vpdpbusd`. All but
/// dot products is left to the kernels for AVX-512, which all processors with VNNI have.
enum AVX512VNNI: WinogradInstructionSet {
  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    rn8_vpdpbusd(sum, activations, weights)
  }

  @inline(__always)
  static func storeRun<let blocks: Int>(
    _ sums: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>,
    _ projected: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>?, _ count: Int,
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, _ y: Int, _ x: Int
  ) {
    rn8_store_run_avx512(
      sums, projected, Int32(count), convolution, Int32(block), Int32(blocks), Int32(y), Int32(x))
  }

  static var blocksPerTile: Int { 4 }
  static func pixelsPerTile(blocks: Int) -> Int { blocks == 4 ? 6 : 12 }

  static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    // Smaller tiles compute the last pixels. Tiles of 6 rows leave 1 pixel of a 7 x 7 map. Tiles of 12 rows leave 4
    // pixels of a 14 x 14 map, and of every map whose number of pixels is a power of 4.
    switch (blocks, count) {
    case (4, 3...): Tile<AVX512VNNI, 6, 4>.convolveTile(convolution, first: first, count: count, block: block)
    case (4, _): Tile<AVX512VNNI, 2, 4>.convolveTile(convolution, first: first, count: count, block: block)
    case (2, 5...): Tile<AVX512VNNI, 12, 2>.convolveTile(convolution, first: first, count: count, block: block)
    case (2, _): Tile<AVX512VNNI, 4, 2>.convolveTile(convolution, first: first, count: count, block: block)
    case (_, 5...): Tile<AVX512VNNI, 12, 1>.convolveTile(convolution, first: first, count: count, block: block)
    default: Tile<AVX512VNNI, 4, 1>.convolveTile(convolution, first: first, count: count, block: block)
    }
  }

  static func multiplyTile(
    _ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    switch blocks {
    case 4: Tile<AVX512VNNI, 6, 4>.multiplyTile(product, first: first, count: count, block: block)
    case 2: Tile<AVX512VNNI, 12, 2>.multiplyTile(product, first: first, count: count, block: block)
    default: Tile<AVX512VNNI, 12, 1>.multiplyTile(product, first: first, count: count, block: block)
    }
  }

  typealias Codes = SIMD32<Int16>
  static var winogradBlocks: Int { 2 }
  static var winogradTiles: Int { 14 }

  static func multiplyPairs(_ product: PairProduct, first: Int, count: Int, blocks: Int) -> Int {
    switch (blocks, count - first) {
    case (2, 9...): PairTile<AVX512VNNI, 14, 2>.multiply(product, first: first, count: count)
    case (2, 5...): PairTile<AVX512VNNI, 8, 2>.multiply(product, first: first, count: count)
    case (2, _): PairTile<AVX512VNNI, 4, 2>.multiply(product, first: first, count: count)
    case (_, 5...): PairTile<AVX512VNNI, 14, 1>.multiply(product, first: first, count: count)
    default: PairTile<AVX512VNNI, 4, 1>.multiply(product, first: first, count: count)
    }
  }
}

@_cdecl("rn8_kernels_avx512vnni")
public func kernelsAVX512VNNI(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeProductsShare(AVX512VNNI.self, operation, worker: Int(worker), of: Int(workerCount)) {
    rn8_kernels_avx512($0, $1, $2)
  }
}
