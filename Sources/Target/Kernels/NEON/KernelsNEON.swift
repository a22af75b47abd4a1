import CIntrinsics
import CKernels
import Kernels

/// Any AArch64: 16 lanes take 4 of 32 registers. 5 x 1 holds 20 in sums, 8 in weights widened to 16 bits, 2 in activations.
enum NEON: OneBlockInstructionSet {
  typealias OnlyTile = Tile<NEON, 5, 1>

  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    rn8_smlal(sum, activations, weights)
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    for b in 0..<blocks { rn8_store_codes_neon(codes + b * 16, values[b], multiplier[b]) }
  }
}

@_cdecl("rn8_kernels_neon")
public func kernelsNEON(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShare(NEON.self, operation, worker: Int(worker), of: Int(workerCount))
}
