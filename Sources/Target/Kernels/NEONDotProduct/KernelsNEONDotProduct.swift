import CIntrinsics
import CKernels
import Kernels

/// The kernels for AArch64 with `sdot` (Armv8.2-A). Of 32 registers, 16 hold sums, 4 hold the sums that activations
/// of 0 give, and 4 hold weights. With a fifth row the compiler would move registers about.
enum NEONDotProduct: OneBlockInstructionSet, NEONStore {
  typealias OnlyTile = Tile<NEONDotProduct, 4, 1>

  /// Subtracts 128 from each activation before it is multiplied, because both operands of `sdot` are signed. So the
  /// result is too small by 128 x the sum of the weights, which `accumulate` makes up for.
  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    rn8_sdot(sum, activations, weights)
  }

  /// Computes the sums as the default does, then subtracts from each what `dot` gives for activations of 0. This
  /// costs as much as one more row.
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
}

@_cdecl("rn8_kernels_neondot")
public func kernelsNEONDotProduct(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShare(NEONDotProduct.self, operation, worker: Int(worker), of: Int(workerCount))
}
