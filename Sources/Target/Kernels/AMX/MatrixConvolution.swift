import CIntrinsics
import CKernels
import Kernels

/// Computes a worker's share of a convolution by matrix tiles.
func convolveShare(_ convolution: UnsafePointer<rn8_convolution>, worker: Int, of workerCount: Int) {
  let raster = Raster(convolution)
  let depth = sliceDepth(convolution.pointee.window, convolution.pointee.projection)
  rn8_tiles_configure(Int32(raster.rows), Int32(depth))
  // The largest sums are those of 2 tiles of 16 rows by 4 blocks.
  AlignedVectors<128>.with { sums in
    AlignedVectors<128>.with { projected in
      let projected = convolution.pointee.projection.weights == nil ? nil : projected
      forEachShare(convolution, widest: 4, count: raster.tileCount, worker: worker, of: workerCount) {
        block, blocks, tiles in
        switch blocks {
        case 4: MatrixTile<4>.convolveTiles(convolution, raster, depth, tiles, block, sums, projected)
        case 2: MatrixTile<2>.convolveTiles(convolution, raster, depth, tiles, block, sums, projected)
        default: MatrixTile<1>.convolveTiles(convolution, raster, depth, tiles, block, sums, projected)
        }
      }
    }
  }
  rn8_tiles_release()
}

extension MatrixTile {
  /// Computes a range of the raster's tiles, for `blocks` blocks from `block` on.
  // Not inlined: in one function the three shapes would spill their vectors, which is 10 times slower.
  @inline(never)
  fileprivate static func convolveTiles(
    _ convolution: UnsafePointer<rn8_convolution>, _ raster: Raster, _ depth: Int, _ tiles: Range<Int>, _ block: Int,
    _ sums: UnsafeMutableRawPointer, _ projected: UnsafeMutableRawPointer?
  ) {
    typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
    let (window, projection) = (convolution.pointee.window, convolution.pointee.projection)
    let remainders = convolution.pointee.projection_remainders
    let width = Int(convolution.pointee.output.width)
    let sumStride = blocks * 64
    var next = tiles.lowerBound
    while next < tiles.upperBound {
      let group = raster.tiles(next..<min(next + tileCount, tiles.upperBound))
      @inline(__always)
      func sumProducts(_ window: rn8_window, to sums: UnsafeMutableRawPointer) {
        Self.sumProducts(
          of: group.inputs(of: window, block), group.count, window, depth, block, to: group.sums(sums, sumStride),
          sumStride)
      }
      let rows = sums.assumingMemoryBound(to: Vectors.self)
      let projectedRows = projected?.assumingMemoryBound(to: Vectors.self)
      if let projected, let projectedRows {
        sumProducts(projection, to: projected)
        if remainders.weights != nil {
          sumProducts(remainders, to: sums)
          for row in 0..<group.count * rowsPerTile {
            for b in 0..<blocks { projectedRows[row][b] &+= rn8_shift_right(rows[row][b], SIMD16(repeating: 8)) }
          }
        }
      }
      sumProducts(window, to: sums)
      group.forEachRun(width: width) { row, count, y, x in
        rn8_store_run_avx512(
          sums + row * sumStride, projected.map { $0 + row * sumStride }, Int32(count), convolution, Int32(block),
          Int32(blocks), Int32(y), Int32(x))
      }
      next += tileCount
    }
  }
}
