import CIntrinsics
import CKernels
import Kernels

/// The number of rows of a full tile.
let rowsPerTile = 16

/// Returns the depth of a slice, the bytes of each row that are multiplied at once. It is the largest multiple of 4,
/// at most 64, that divides the lengths of both windows' segments.
func sliceDepth(_ window: rn8_window, _ projection: rn8_window) -> Int {
  var depth = 64
  while Int(window.length) % depth != 0 || Int(projection.length) % depth != 0 { depth -= 4 }
  return depth
}

/// Multiplies tiles of rows by the weights of `blocks` blocks of 16 channels, and sums the products. The rows of a
/// tile lie at one distance in memory, so that the processor can load them as a matrix.
///
/// There are three shapes, which all fill four tiles of sums:
///
/// ```
///              weights of two blocks                                1 x 4: one tile of rows, four blocks
///              depth / 4 x 16 x 4 each                              2 x 2: as drawn, twice for four blocks
/// 16 rows      sums 0       sums 1       one slice for each         4 x 1: four tiles of rows, one block
/// 16 rows      sums 2       sums 3       `depth` bytes of a row
/// ```
enum MatrixTile<let blocks: Int> {
  /// The number of tiles of rows that are computed together.
  static var tileCount: Int { blocks == 1 ? 4 : 2 }

  /// Computes the sums of each row, for `blocks` blocks from `block` on, and stores them.
  ///
  /// - Parameters:
  ///   - tiles: where the window of each tile's first row starts. Those past `count` repeat the last one.
  ///   - depth: bytes of each row in a slice.
  ///   - sums: where the sums of each tile go, `[row][block][16]`.
  ///   - sumStride: bytes from the sums of a row to those of the next.
  // Not inlined: convolutions, their projections and the bare product share it.
  @inline(never)
  static func sumProducts(
    of tiles: InlineArray<4, UnsafeRawPointer>, _ count: Int, _ window: rn8_window, _ depth: Int, _ block: Int,
    to sums: InlineArray<4, UnsafeMutableRawPointer>, _ sumStride: Int
  ) {
    let blockBytes = window.blockBytes
    let weights = UnsafeRawPointer(window.weights!) + block * blockBytes
    let stride = window.x_stride
    rn8_tiles_zero()
    if blocks == 1 {
      forEachSlice(window, depth) { offset, weightOffset in
        rn8_tiles_multiply_4x1(
          tiles[0] + offset, tiles[1] + offset, tiles[2] + offset, tiles[3] + offset, stride, weights + weightOffset)
      }
      rn8_tiles_store(sums[0], sums[1], sums[2], sums[3], sumStride)
    } else if blocks == 4 && count == 1 {
      forEachSlice(window, depth) { offset, weightOffset in
        rn8_tiles_multiply_1x4(tiles[0] + offset, stride, weights + weightOffset, blockBytes)
      }
      rn8_tiles_store(sums[0], sums[0] + 64, sums[0] + 128, sums[0] + 192, sumStride)
    } else {
      for pair in 0..<blocks / 2 {
        if pair > 0 { rn8_tiles_zero() }
        let weights = weights + pair * 2 * blockBytes
        let (first, second) = (sums[0] + pair * 128, sums[1] + pair * 128)
        forEachSlice(window, depth) { offset, weightOffset in
          rn8_tiles_multiply_2x2(
            tiles[0] + offset, tiles[1] + offset, stride, weights + weightOffset, weights + blockBytes + weightOffset)
        }
        rn8_tiles_store(first, first + 64, second, second + 64, sumStride)
      }
    }
  }

  /// Walks over a window `depth` bytes at a time. Calls `body` with the offset of these bytes in the window and the
  /// offset of their weights in the block's.
  @inline(__always)
  private static func forEachSlice(_ window: rn8_window, _ depth: Int, _ body: (_ offset: Int, _ weights: Int) -> Void)
  {
    var weights = 0
    var walk = window.walk
    while let bytes = walk.next() {
      var offset = bytes.lowerBound
      while offset < bytes.upperBound {
        body(offset, weights)
        offset += depth
        weights += depth * 16
      }
    }
  }
}
