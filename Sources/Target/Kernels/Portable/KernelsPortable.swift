import CKernels
import Kernels

/// The kernels for any processor, in plain SIMD. They are the specification: all other kernels equal them bit for
/// bit.
enum Portable: OneBlockInstructionSet, OneBlockWinogradSet {
  typealias OnlyTile = Tile<Portable, 3, 1>
  typealias Codes = SIMD8<Int16>
  typealias LargePairTile = PairTile<Portable, 3, 1>
  typealias SmallPairTile = PairTile<Portable, 1, 1>
}

@_cdecl("rn8_kernels_portable")
public func kernelsPortable(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShareWithWinograd(Portable.self, operation, worker: Int(worker), of: Int(workerCount))
}
