import CKernels

/// Computes a worker's share of the output of some blocks: products, output transform, shortcut and requantization.
@inlinable @inline(__always)
func winogradShare<Set: WinogradInstructionSet>(
  _: Set.Type, _ winograd: UnsafePointer<rn8_winograd>, worker: Int, of workerCount: Int
) {
  let map = TiledMap(winograd)
  let schedule = Schedule(blocksPerGroup: Int(winograd.pointee.blocks), widest: Set.winogradBlocks)
  // Each worker has room of its own for products: for as many tiles as it computes at a time, and for those that a tile of
  // products writes past the last of them. (Those of a position before the last are overwritten by the next position's.)
  let rowBytes = 64 * Set.winogradBlocks
  let sharing = min(workerCount, winograd.pointee.product_bytes / ((36 + 16) * rowBytes))
  guard worker < sharing else { return }
  let bytes = winograd.pointee.product_bytes / sharing / 64 * 64
  let room = min((bytes - 16 * rowBytes) / (36 * rowBytes), Set.winogradTiles)
  let products = UnsafeMutableRawPointer(winograd.pointee.products!) + worker * bytes
  // A worker that has enough tiles takes the same ones for all channels, which are those whose input it transformed. If not,
  // it takes consecutive (chunk of channels, tile) positions.
  let (chunks, tileCount) = (schedule.chunksPerGroup, map.tileCount)
  let byTiles = tileCount >= Set.winogradTiles * sharing
  let tiles = share(tileCount, worker: worker, of: sharing)
  let positions = share(chunks * tileCount, worker: worker, of: sharing)
  for chunk in 0..<chunks {
    let own = positions.clamped(to: chunk * tileCount..<(chunk + 1) * tileCount)
    let mine = byTiles ? tiles : own.lowerBound - chunk * tileCount..<own.upperBound - chunk * tileCount
    if mine.isEmpty { continue }
    let (block, blocks) = schedule.chunk(chunk)
    if blocks == 2 {
      WinogradTiles<Set, 2>.compute(mine, winograd, map, block, products, room)
    } else {
      WinogradTiles<Set, 1>.compute(mine, winograd, map, block, products, room)
    }
  }
}

@usableFromInline
enum WinogradTiles<Set: WinogradInstructionSet, let blocks: Int> {
  @usableFromInline typealias Vectors = InlineArray<blocks, SIMD16<Int32>>

  /// Computes some tiles of the output, `room` at a time, for `blocks` blocks from `block` on of those whose weights are
  /// transformed.
  @inlinable @inline(never)
  static func compute(
    _ tiles: Range<Int>, _ winograd: UnsafePointer<rn8_winograd>, _ map: TiledMap, _ block: Int,
    _ products: UnsafeMutableRawPointer, _ room: Int
  ) {
    let input = UnsafeRawPointer(winograd.pointee.input!)
    let weights = UnsafeRawPointer(winograd.pointee.weights!) + block * winograd.pointee.blockBytes
    let positionBytes = room * blocks * 64
    var next = tiles.lowerBound
    while next < tiles.upperBound {
      let end = min(next + room, tiles.upperBound)
      let first = map.place(ofTile: next)
      let last = map.place(ofTile: end)
      for i in 0..<6 {
        for j in 0..<6 {
          let place = map.tiles(before: first.row, first.column, having: i, j)
          let count = map.tiles(before: last.row, last.column, having: i, j) - place
          let product = PairProduct(
            rows: input + (6 * i + j) * map.positionBytes + place * map.tileBytes, rowStride: map.tileBytes,
            weights: weights + (6 * i + j) * winograd.pointee.positionBytes,
            blockBytes: winograd.pointee.blockBytes, depth: winograd.pointee.channels,
            sums: products + (6 * i + j) * positionBytes,
            nextRows: input + (6 * i + j + 1) * map.positionBytes + place * map.tileBytes)
          var row = 0
          while row < count {
            row += Set.multiplyPairs(product, first: row, count: count, blocks: blocks)
          }
        }
      }
      AlignedVectors<24>.with { grid in
        AlignedVectors<32>.with { pixels in
          for tile in next..<end {
            store(
              tile, from: first, winograd, map, block, products, positionBytes,
              grid.assumingMemoryBound(to: SIMD16<Int32>.self), pixels.assumingMemoryBound(to: Vectors.self))
          }
        }
      }
      next = end
    }
  }

  /// Transforms the sums of a tile, requantizes and stores its pixels.
  ///
  /// - Parameters:
  ///   - first: the row and the column of the first tile whose sums are in memory.
  ///   - grid: room for vectors [y][x] of 4 x 6.
  ///   - pixels: room for the sums of pixels, `[4][4][block]`.
  @inlinable @inline(__always)
  static func store(
    _ tile: Int, from first: (row: Int, column: Int), _ winograd: UnsafePointer<rn8_winograd>, _ map: TiledMap,
    _ block: Int, _ products: UnsafeRawPointer, _ positionBytes: Int, _ grid: UnsafeMutablePointer<SIMD16<Int32>>,
    _ pixels: UnsafeMutablePointer<Vectors>
  ) {
    let (row, column) = map.place(ofTile: tile)
    let (height, width) = (map.rows.size(ofTile: row), map.columns.size(ofTile: column))
    @inline(__always) func sums(_ x: Int) -> UnsafeRawPointer {
      let j = x == width + 1 ? 5 : x
      let place =
        map.tiles(before: row, column, having: 0, j) - map.tiles(before: first.row, first.column, having: 0, j)
      return products + j * positionBytes + place * blocks * 64
    }
    var columns = InlineArray<6, UnsafeRawPointer>(repeating: products)
    for x in 0..<width + 2 { columns[x] = sums(x) }
    for b in 0..<blocks {
      OutputTransform<Set>.transform(
        columns, b * 64, positionBytes, height, width, grid,
        to: UnsafeMutablePointer<SIMD16<Int32>>(OpaquePointer(pixels)) + b, stride: blocks)
    }
    let (top, left) = (map.rows.start(ofTile: row), map.columns.start(ofTile: column))
    let firstBlock = Int(winograd.pointee.first_block) + block
    withUnsafePointer(to: winograd.pointee.convolution) { convolution in
      for y in 0..<height {
        Tile<Set, 4, blocks>.withProjection(
          convolution, block: firstBlock,
          inputs: { OutputPixels(y: top + y, x: left, count: width).inputs(of: $0, firstBlock) }
        ) { projected in
          Set.storeRun(pixels + 4 * y, projected, width, convolution, block: firstBlock, top + y, left)
        }
      }
    }
  }
}
