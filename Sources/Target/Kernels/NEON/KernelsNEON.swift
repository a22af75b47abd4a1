import CIntrinsics
import CKernels
import Kernels

/// The kernels for any AArch64 processor. A vector of 16 lanes takes 4 of 32 registers. A 5 x 1 tile takes 20 for
/// sums, 8 for weights widened to 16 bits, and 2 for activations.
enum NEON: OneBlockInstructionSet, OneBlockWinogradSet, NEONStore {
  typealias Codes = SIMD8<Int16>
  typealias LargePairTile = PairTile<NEON, 6, 1>
  typealias SmallPairTile = PairTile<NEON, 4, 1>
  typealias OnlyTile = Tile<NEON, 5, 1>

  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    rn8_smlal(sum, activations, weights)
  }
}

@_cdecl("rn8_kernels_neon")
public func kernelsNEON(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShareWithWinograd(NEON.self, operation, worker: Int(worker), of: Int(workerCount))
}
