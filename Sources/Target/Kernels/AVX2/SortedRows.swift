import CIntrinsics
import CKernels
import Kernels

/// Multiplies up to 8 rows of bytes by the weights of blocks of 16 channels, 8 channels at a time: by sorted places where the
/// window has them, else in 16 bits.
enum SortedRows: RowProducts {
  /// The number of codes of each row that are copied side by side and then multiplied. A 3x3 window of 64 channels, 576 codes,
  /// is copied at once. A place, four codes, has one byte in a list.
  static var capacity: Int { 768 }

  // Inputs are a pointer: the compiler would copy an array for every row.
  @inline(never)
  static func accumulate(
    _ sums: UnsafeMutablePointer<SIMD16<Int32>>, _ inputs: UnsafePointer<UnsafeRawPointer>, _ rows: Int,
    _ walk: WindowWalk, _ weights: UnsafeRawPointer, _ blocks: Int, _ blockBytes: Int, adding: Bool
  ) {
    if let places = walk.window.sorted_places {
      multiply(sums, inputs, rows, walk, weights, places, blocks, blockBytes, adding)
      return
    }
    for first in stride(from: 0, to: rows, by: WidenedRows.most) {
      WidenedRows.multiply(
        sums + first * blocks, inputs + first, min(WidenedRows.most, rows - first), walk, weights, blocks, blockBytes,
        adding)
    }
  }

  // Not inlined, so that its memory is not on the stack beside that for widened rows.
  @inline(never)
  private static func multiply(
    _ sums: UnsafeMutablePointer<SIMD16<Int32>>, _ inputs: UnsafePointer<UnsafeRawPointer>, _ rows: Int,
    _ walk: WindowWalk, _ weights: UnsafeRawPointer, _ places: UnsafePointer<UInt8>, _ blocks: Int, _ blockBytes: Int,
    _ adding: Bool
  ) {
    // 8 rows.
    AlignedVectors<96>.with { codes in
      var (weights, list, adding) = (weights, places, adding)
      walk.forEachPiece(of: capacity) { offset, bytes in
        for row in 0..<rows {
          rn8_copy_codes(codes + row * capacity + offset, inputs[row] + bytes.lowerBound, bytes.count)
        }
      } multiply: { count in
        for half in 0..<2 * blocks {
          let sums = UnsafeMutableRawPointer(sums) + half * 32
          let weights = weights + half / 2 * blockBytes + half % 2 * 32
          if rows > 4 {
            Rows<8>.multiply(sums, blocks * 64, codes, weights, list, count / 4, adding)
          } else {
            Rows<4>.multiply(sums, blocks * 64, codes, weights, list, count / 4, adding)
          }
          list += SortedPlaces.byteCount(places: count / 4)
        }
        weights += count * 16
        adding = true
      }
    }
  }
}

private enum Rows<let count: Int> {
  /// Multiplies some places of each row by the weights of 8 channels.
  // Not inlined, so that the compiler shares out the registers for each number of rows alone.
  @inline(never)
  static func multiply(
    _ sums: UnsafeMutableRawPointer, _ sumBytes: Int, _ codes: UnsafeRawPointer, _ weights: UnsafeRawPointer,
    _ list: UnsafePointer<UInt8>, _ places: Int, _ adding: Bool
  ) {
    rn8_multiply_places(sums, sumBytes, codes, SortedRows.capacity, weights, list, places, adding, Int32(count))
  }
}
