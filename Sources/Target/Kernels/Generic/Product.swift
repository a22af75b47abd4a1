import CKernels

/// Computes a worker's share of a product: rows of bytes times packed weights, as Int32 sums. A worker takes a part
/// of the rows, and computes one chunk of channels at a time.
@inlinable @inline(__always)
func multiplyShare<Set: TiledInstructionSet>(
  _: Set.Type, _ product: UnsafePointer<rn8_product>, worker: Int, of workerCount: Int
) {
  let schedule = Schedule(blocksPerGroup: Int(product.pointee.blocks), widest: Set.blocksPerTile)
  let rows = share(Int(product.pointee.row_count), worker: worker, of: workerCount)
  for chunk in 0..<schedule.chunksPerGroup {
    let (block, blocks) = schedule.chunk(chunk)
    let rowsPerTile = Set.pixelsPerTile(blocks: blocks)
    var row = rows.lowerBound
    while row < rows.upperBound {
      Set.multiplyTile(
        product, first: row, count: min(rowsPerTile, rows.upperBound - row), block: block, blocks: blocks)
      row += rowsPerTile
    }
  }
}

extension Tile {
  /// Computes the sums of the product's rows `first ..< first + count` and of the blocks `block ..< block + blocks`.
  /// `count` is at most `rows`; the tile's rows past `count` repeat the last one and are not stored.
  @inlinable @inline(__always)
  public static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int) {
    let product = product.pointee
    let start = UnsafeRawPointer(product.rows!) + first * product.row_stride
    var inputs = InlineArray<rows, UnsafeRawPointer>(repeating: start)
    for row in 0..<rows { inputs[row] = start + min(row, count - 1) * product.row_stride }
    let window = rn8_window(weights: product.weights, depth: product.depth)
    withSums { sums in
      sumProducts(of: inputs, window, block: block, to: sums)
      for row in 0..<count {
        let place = (first + row) * Int(product.blocks) + block
        UnsafeMutableRawPointer(product.sums! + place * 16).storeBytes(of: sums[row], as: Vectors.self)
      }
    }
  }
}
