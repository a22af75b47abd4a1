import CIntrinsics
import CKernels
import Kernels

/// Sums of the products of up to 4 tiles of rows and up to 4 blocks of 16 channels, whose rows follow each other in memory
/// at one distance: what the processor loads as a matrix.
///
/// ```
///              weights of two blocks                                1 x 4: one tile of rows, four blocks
///               16 x 4 x depth / 4                                  2 x 2: as drawn, twice for four blocks
/// 16 rows      sums 0       sums 1       for each `depth` bytes     4 x 1: four tiles of rows, one block
/// 16 rows      sums 2       sums 3       of a row: a step
/// ```
enum MatrixTile {
  /// Rows of a full tile.
  static let rows = 16

  /// The largest number of bytes, at most a tile's 64, that divides the segments of the windows.
  static func depth(_ window: rn8_window, _ projection: rn8_window) -> Int {
    var depth = 64
    while Int(window.length) % depth != 0 || Int(projection.length) % depth != 0 { depth -= 4 }
    return depth
  }

  /// Tiles of rows that are computed together.
  static func tileCount(blocks: Int) -> Int { blocks == 1 ? 4 : 2 }

  /// Stores the sums of each row and each of `blocks` blocks from `block` on.
  ///
  /// - Parameters:
  ///   - tiles: where the first row of each tile lies; those past the last repeat it.
  ///   - sums: `[tile][16 rows][blocks][16]`.
  @inline(__always)
  static func multiply<let blocks: Int>(
    _ tiles: InlineArray<4, UnsafeRawPointer>, _ count: Int, _ window: rn8_window, _ depth: Int, _ block: Int,
    to sums: UnsafeMutablePointer<InlineArray<blocks, SIMD16<Int32>>>
  ) {
    let blockBytes = Int(window.rows) * Int(window.columns) * Int(window.length) * 16
    let weights = UnsafeRawPointer(window.weights!) + block * blockBytes
    let stride = window.x_stride
    let sums = UnsafeMutableRawPointer(sums)
    let (rowBytes, tileBytes) = (blocks * 64, rows * blocks * 64)
    rn8_tiles_zero()
    if blocks == 1 {
      forEachStep(window, depth) { offset, weightOffset in
        rn8_tiles_step_4x1(
          tiles[0] + offset, tiles[1] + offset, tiles[2] + offset, tiles[3] + offset, stride, weights + weightOffset)
      }
      rn8_tiles_store(sums, sums + tileBytes, sums + 2 * tileBytes, sums + 3 * tileBytes, rowBytes)
    } else if blocks == 4 && count == 1 {
      forEachStep(window, depth) { offset, weightOffset in
        rn8_tiles_step_1x4(tiles[0] + offset, stride, weights + weightOffset, blockBytes)
      }
      rn8_tiles_store(sums, sums + 64, sums + 128, sums + 192, rowBytes)
    } else {
      for pair in 0..<blocks / 2 {
        if pair > 0 { rn8_tiles_zero() }
        let weights = weights + pair * 2 * blockBytes
        let sums = sums + pair * 128
        forEachStep(window, depth) { offset, weightOffset in
          rn8_tiles_step_2x2(
            tiles[0] + offset, tiles[1] + offset, stride, weights + weightOffset, weights + blockBytes + weightOffset)
        }
        rn8_tiles_store(sums, sums + 64, sums + tileBytes, sums + tileBytes + 64, rowBytes)
      }
    }
  }

  /// Walks a window `depth` bytes at a time: their offset within the window, and that of their weights.
  @inline(__always)
  private static func forEachStep(_ window: rn8_window, _ depth: Int, _ body: (_ offset: Int, _ weights: Int) -> Void) {
    var weights = 0
    for row in 0..<Int(window.rows) {
      for column in 0..<Int(window.columns) {
        var offset = row * window.row_stride + column * window.column_stride
        let end = offset + Int(window.length)
        while offset < end {
          body(offset, weights)
          offset += depth
          weights += depth * 16
        }
      }
    }
  }
}
