import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX-VNNI, without AVX-512. A vector of 16 lanes takes 2 of 16 registers; the sums of a 6 x 1 tile
/// take 12. All but dot products is left to the kernels for AVX2.
enum AVXVNNI: OneBlockInstructionSet, OneBlockWinogradSet {
  typealias Codes = SIMD16<Int16>
  typealias LargePairTile = PairTile<AVXVNNI, 6, 1>
  typealias SmallPairTile = PairTile<AVXVNNI, 4, 1>
  typealias OnlyTile = Tile<AVXVNNI, 6, 1>

  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    SIMD16(
      lowHalf: rn8_vpdpbusd_avx(sum.lowHalf, activations.lowHalf, weights.lowHalf),
      highHalf: rn8_vpdpbusd_avx(sum.highHalf, activations.highHalf, weights.highHalf))
  }

  @inline(__always)
  static func storeRun<let blocks: Int>(
    _ sums: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>,
    _ projected: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>?, _ count: Int,
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, _ y: Int, _ x: Int
  ) {
    rn8_store_run_avx2(sums, projected, Int32(count), convolution, Int32(block), Int32(blocks), Int32(y), Int32(x))
  }
}

@_cdecl("rn8_kernels_avxvnni")
public func kernelsAVXVNNI(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeProductsShare(AVXVNNI.self, operation, worker: Int(worker), of: Int(workerCount)) {
    rn8_kernels_avx2($0, $1, $2)
  }
}
