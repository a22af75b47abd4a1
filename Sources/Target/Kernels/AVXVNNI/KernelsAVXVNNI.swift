import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX-VNNI, without AVX-512. A vector of 16 lanes takes 2 of 16 registers; the sums of a 6 x 1 tile
/// take 12.
enum AVXVNNI: OneBlockInstructionSet {
  typealias OnlyTile = Tile<AVXVNNI, 6, 1>

  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    SIMD16(
      lowHalf: rn8_vpdpbusd_avx(sum.lowHalf, activations.lowHalf, weights.lowHalf),
      highHalf: rn8_vpdpbusd_avx(sum.highHalf, activations.highHalf, weights.highHalf))
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    for b in 0..<blocks {
      rn8_store_codes_avx2(
        codes + b * 16, values[b].lowHalf, values[b].highHalf, multiplier[b].lowHalf, multiplier[b].highHalf)
    }
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer, remainders: UnsafeMutableRawPointer
  ) {
    for b in 0..<blocks {
      rn8_store_fine_codes_avx2(
        codes + b * 16, remainders + b * 16, values[b].lowHalf, values[b].highHalf, multiplier[b].lowHalf,
        multiplier[b].highHalf)
    }
  }
}

@_cdecl("rn8_kernels_avxvnni")
public func kernelsAVXVNNI(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShare(AVXVNNI.self, operation, worker: Int(worker), of: Int(workerCount))
}
