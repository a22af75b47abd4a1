import CIntrinsics
import CKernels
import Kernels

/// Rows of a full tile.
let rowsPerTile = 16

/// The largest number of bytes, at most a tile's 64, that divides the segments of the windows: what a step multiplies.
func stepDepth(_ window: rn8_window, _ projection: rn8_window) -> Int {
  var depth = 64
  while Int(window.length) % depth != 0 || Int(projection.length) % depth != 0 { depth -= 4 }
  return depth
}

/// Sums of the products of tiles of rows and of `blocks` blocks of 16 channels. A tile's rows follow each other in memory at
/// one distance: what the processor loads as a matrix.
///
/// ```
///              weights of two blocks                                1 x 4: one tile of rows, four blocks
///               16 x 4 x depth / 4                                  2 x 2: as drawn, twice for four blocks
/// 16 rows      sums 0       sums 1       for each `depth` bytes     4 x 1: four tiles of rows, one block
/// 16 rows      sums 2       sums 3       of a row: a step
/// ```
enum MatrixTile<let blocks: Int> {
  /// Tiles of rows that are computed together.
  static var tileCount: Int { blocks == 1 ? 4 : 2 }

  /// Stores the sums of each row and each of the blocks from `block` on.
  ///
  /// - Parameters:
  ///   - tiles: where the first row of each tile lies; those past `count` repeat another.
  ///   - sums: where the sums of each tile go, `[row][block][16]`.
  ///   - sumStride: from the sums of one row to those of the next.
  @inline(__always)
  static func sumProducts(
    of tiles: InlineArray<4, UnsafeRawPointer>, _ count: Int, _ window: rn8_window, _ depth: Int, _ block: Int,
    to sums: InlineArray<4, UnsafeMutableRawPointer>, _ sumStride: Int
  ) {
    let blockBytes = window.blockBytes
    let weights = UnsafeRawPointer(window.weights!) + block * blockBytes
    let stride = window.x_stride
    rn8_tiles_zero()
    if blocks == 1 {
      forEachStep(window, depth) { offset, weightOffset in
        rn8_tiles_step_4x1(
          tiles[0] + offset, tiles[1] + offset, tiles[2] + offset, tiles[3] + offset, stride, weights + weightOffset)
      }
      rn8_tiles_store(sums[0], sums[1], sums[2], sums[3], sumStride)
    } else if blocks == 4 && count == 1 {
      forEachStep(window, depth) { offset, weightOffset in
        rn8_tiles_step_1x4(tiles[0] + offset, stride, weights + weightOffset, blockBytes)
      }
      rn8_tiles_store(sums[0], sums[0] + 64, sums[0] + 128, sums[0] + 192, sumStride)
    } else {
      for pair in 0..<blocks / 2 {
        if pair > 0 { rn8_tiles_zero() }
        let weights = weights + pair * 2 * blockBytes
        let (first, second) = (sums[0] + pair * 128, sums[1] + pair * 128)
        forEachStep(window, depth) { offset, weightOffset in
          rn8_tiles_step_2x2(
            tiles[0] + offset, tiles[1] + offset, stride, weights + weightOffset, weights + blockBytes + weightOffset)
        }
        rn8_tiles_store(first, first + 64, second, second + 64, sumStride)
      }
    }
  }

  /// Walks a window `depth` bytes at a time: their offset within the window, and that of their weights.
  @inline(__always)
  private static func forEachStep(_ window: rn8_window, _ depth: Int, _ body: (_ offset: Int, _ weights: Int) -> Void) {
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
