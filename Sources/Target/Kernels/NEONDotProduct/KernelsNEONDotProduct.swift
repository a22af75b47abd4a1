import CIntrinsics
import CKernels
import Kernels

/// AArch64 with `sdot` (Armv8.2-A): 16 of 32 registers hold sums, 4 the sums of activations of 0, 4 weights. A fifth row
/// would have the compiler move registers about.
enum NEONDotProduct: OneBlockInstructionSet {
  typealias OnlyTile = Tile<NEONDotProduct, 4, 1>

  /// Less 128 x the weights: both operands of `sdot` are signed, so that 128 is subtracted from each activation.
  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    rn8_sdot(sum, activations, weights)
  }

  /// Subtracts what `dot` gives for activations of 0, which costs as much as one more row.
  @inline(__always)
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    var sumsOfZeros = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
    var (walk, weights) = (walk, weights)
    while let bytes = walk.next() {
      for offset in stride(from: bytes.lowerBound, to: bytes.upperBound, by: 4) {
        var vectors = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
        for b in 0..<blocks {
          vectors[b] = (weights + b * blockBytes).loadUnaligned(as: SIMD16<Int32>.self)
          sumsOfZeros[b] = dot(sumsOfZeros[b], .zero, vectors[b])
        }
        for row in 0..<rows {
          let activations = SIMD16<Int32>(repeating: (inputs[row] + offset).loadUnaligned(as: Int32.self))
          for b in 0..<blocks { sums[row][b] = dot(sums[row][b], activations, vectors[b]) }
        }
        weights += 64
      }
    }
    for row in 0..<rows {
      for b in 0..<blocks { sums[row][b] &-= sumsOfZeros[b] }
    }
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    for b in 0..<blocks { rn8_store_codes_neon(codes + b * 16, values[b], multiplier[b]) }
  }
}

@_cdecl("rn8_kernels_neondot")
public func kernelsNEONDotProduct(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShare(NEONDotProduct.self, operation, worker: Int(worker), of: Int(workerCount))
}
