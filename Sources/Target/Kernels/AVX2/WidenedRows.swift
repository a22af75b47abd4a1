import CIntrinsics
import Kernels

/// Multiplies up to 4 rows in 16 bits, to which codes and weights are widened. It takes four instructions for what takes three
/// by sorted places, or a little more, but nothing need be known of the weights: for a few pixels, the classifier and bare
/// products.
enum WidenedRows {
  static var most: Int { 4 }

  @inline(never)
  static func multiply(
    _ sums: UnsafeMutablePointer<SIMD16<Int32>>, _ inputs: UnsafePointer<UnsafeRawPointer>, _ rows: Int,
    _ walk: WindowWalk, _ weights: UnsafeRawPointer, _ blocks: Int, _ blockBytes: Int, _ adding: Bool
  ) {
    // 4 rows of 16-bit codes.
    AlignedVectors<96>.with { codes in
      let rowBytes = 2 * SortedRows.capacity
      var (weights, adding) = (weights, adding)
      walk.forEachPiece(of: SortedRows.capacity) { offset, bytes in
        for row in 0..<rows {
          rn8_widen_codes(codes + row * rowBytes + 2 * offset, inputs[row] + bytes.lowerBound, bytes.count)
        }
      } multiply: { count in
        for half in 0..<2 * blocks {
          let sums = UnsafeMutableRawPointer(sums) + half * 32
          let weights = weights + half / 2 * blockBytes + half % 2 * 32
          if rows > 1 {
            Rows<4>.multiply(sums, blocks * 64, codes, rowBytes, weights, count, adding)
          } else {
            Rows<1>.multiply(sums, blocks * 64, codes, rowBytes, weights, count, adding)
          }
        }
        weights += count * 16
        adding = true
      }
    }
  }
}

private enum Rows<let count: Int> {
  /// Multiplies some widened codes of each row by the weights of 8 channels.
  @inline(never)
  static func multiply(
    _ sums: UnsafeMutableRawPointer, _ sumBytes: Int, _ codes: UnsafeRawPointer, _ rowBytes: Int,
    _ weights: UnsafeRawPointer, _ codeCount: Int, _ adding: Bool
  ) {
    rn8_multiply_widened(sums, sumBytes, codes, rowBytes, weights, codeCount, adding, Int32(count))
  }
}
