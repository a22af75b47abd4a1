import CIntrinsics
import CKernels
import Kernels

/// Multiplies up to 28 rows of bytes by the weights of blocks of 16 channels, which vpmaddwd does in 16 bits.
///
/// The codes of each row are widened once, for all blocks: those at even places go to one plane, those at odd places to
/// another. Weights are widened as they are loaded, which all rows share.
///
/// ```
/// bytes of a row    a0 a1 a2 a3 ...         a channel's weights    w0 w1 w2 w3
/// even plane        a0    a2    ...         even weights           w0    w2       sum += a0 * w0 + a2 * w2
/// odd plane         a1    a3    ...         odd weights            w1    w3       sum += a1 * w1 + a3 * w3
/// ```
///
/// So a channel's sum is one lane, and those of 28 rows and a block take 28 of 32 registers. 28 divides every map of
/// ImageNet's sizes but 7 x 7, of which it leaves 21 pixels.
enum PartedRows: RowProducts {
  /// The sums, `[row][block]`, aligned to 64 bytes where that shall be fast.
  typealias Sums = UnsafeMutablePointer<SIMD16<Int32>>

  /// The largest number of rows.
  static var most: Int { 28 }
  /// The number of codes of each row that are widened at a time. Those of 28 rows and their weights in 4 blocks take
  /// 15 kB, which fit a first cache of 32 KiB. More would not fit the 32 KiB of stack that a call takes at most.
  private static var capacity: Int { 128 }

  /// Computes the dot products of each row's window and the weights of `blocks` blocks. `sums` has room for those of
  /// 28 rows, since some past the last row are written too, with products of whatever the memory held.
  // Inputs are a pointer: the compiler would copy an array for every row, and part codes three times as slowly.
  @inline(never)
  static func accumulate(
    _ sums: Sums, _ inputs: UnsafePointer<UnsafeRawPointer>, _ rows: Int, _ walk: WindowWalk,
    _ weights: UnsafeRawPointer, _ blocks: Int, _ blockBytes: Int, adding: Bool
  ) {
    var memory = InlineArray<112, SIMD16<Int32>>.uninitialized
    precondition(MemoryLayout.size(ofValue: memory) == most * 2 * capacity)
    withUnsafeMutableBytes(of: &memory) { memory in
      let parted = memory.baseAddress!
      var (weights, adding) = (weights, adding)
      walk.forEachPiece(of: capacity) { offset, bytes in
        for row in 0..<rows {
          let even = parted + row * 2 * capacity + offset
          rn8_part_codes(even, even + capacity, inputs[row] + bytes.lowerBound, bytes.count)
        }
      } multiply: { count in
        for b in 0..<blocks {
          let (sums, weights) = (sums + b, weights + b * blockBytes)
          switch rows {
          case 22...: Rows<28>.multiply(sums, blocks, parted, capacity, count, weights, adding)
          case 15...: Rows<21>.multiply(sums, blocks, parted, capacity, count, weights, adding)
          case 9...: Rows<14>.multiply(sums, blocks, parted, capacity, count, weights, adding)
          default: Rows<8>.multiply(sums, blocks, parted, capacity, count, weights, adding)
          }
        }
        weights += count * 16
        adding = true
      }
    }
  }
}

private enum Rows<let count: Int> {
  /// Adds the dot products of `depth` parted codes of each row and the weights of one block.
  // Not inlined, so that the compiler shares out the registers for each number of rows alone.
  @inline(never)
  static func multiply(
    _ sums: PartedRows.Sums, _ blocks: Int, _ parted: UnsafeRawPointer, _ planeBytes: Int, _ depth: Int,
    _ weights: UnsafeRawPointer, _ adding: Bool
  ) {
    rn8_multiply_rows(sums, blocks * 64, parted, planeBytes, depth, weights, adding, Int32(count))
  }
}
