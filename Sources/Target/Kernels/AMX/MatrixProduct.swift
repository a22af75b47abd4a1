import CIntrinsics
import CKernels
import Kernels

/// Computes a worker's share of a product, rows of bytes times packed weights, by matrix tiles. A worker takes
/// consecutive chunks of channels, and all rows.
func multiplyShare(_ product: UnsafePointer<rn8_product>, worker: Int, of workerCount: Int) {
  let product = product.pointee
  var window = rn8_window(weights: product.weights, depth: product.depth)
  (window.input, window.x_stride, window.blocks_per_group) = (product.rows, product.row_stride, product.blocks)
  let raster = Raster(rowCount: Int(product.row_count))
  let depth = sliceDepth(window, window)
  let schedule = Schedule(blocksPerGroup: Int(product.blocks), widest: 4)
  rn8_tiles_configure(Int32(raster.rows), Int32(depth))
  for chunk in share(schedule.chunksPerGroup, worker: worker, of: workerCount) {
    let (block, blocks) = schedule.chunk(chunk)
    let (sums, sumStride) = (UnsafeMutableRawPointer(product.sums!) + block * 64, Int(product.blocks) * 64)
    switch blocks {
    case 4: MatrixTile<4>.multiplyRows(window, raster, depth, block, sums, sumStride)
    case 2: MatrixTile<2>.multiplyRows(window, raster, depth, block, sums, sumStride)
    default: MatrixTile<1>.multiplyRows(window, raster, depth, block, sums, sumStride)
    }
  }
  rn8_tiles_release()
}

extension MatrixTile {
  /// Computes the sums of all rows, for `blocks` blocks from `block` on.
  fileprivate static func multiplyRows(
    _ window: rn8_window, _ raster: Raster, _ depth: Int, _ block: Int, _ sums: UnsafeMutableRawPointer,
    _ sumStride: Int
  ) {
    var next = 0
    while next < raster.tileCount {
      let group = raster.tiles(next..<min(next + tileCount, raster.tileCount))
      sumProducts(
        of: group.inputs(of: window, block), group.count, window, depth, block,
        to: group.positions(in: sums, sumStride),
        sumStride)
      next += tileCount
    }
  }
}
