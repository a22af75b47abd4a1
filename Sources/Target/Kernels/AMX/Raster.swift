import CKernels
import Kernels

/// How output pixels fall into tiles of rows that lie at one distance in the input.
///
/// The pixels of an output row do. Neighbouring output rows are a whole number of pixels apart, so that all pixels do too,
/// counting those between the end of a row and the start of the next, which are computed and dropped:
///
/// ```
///  0  1  2  3  4  5  6  .  .      a map 7 wide with a halo of 1: 9 positions from row to row;
///  9 10 11 12 13 14 15  .  .      tiles 0...15, 16...31, ... in place of 7 tiles with 7 rows
/// ```
struct Raster {
  /// Runs of positions, each cut into tiles.
  let runCount: Int
  let runLength: Int
  /// Positions from one output row to the next, where a run crosses rows; else more than a run has.
  let pitch: Int
  /// Rows of a tile, at most 16.
  let rows: Int
  let tilesPerRun: Int

  init(_ convolution: UnsafePointer<rn8_convolution>) {
    let window = convolution.pointee.window
    let projection = convolution.pointee.projection
    let (height, width) = (Int(convolution.pointee.output.height), Int(convolution.pointee.output.width))
    let pitch = window.y_stride / window.x_stride
    let crosses = projection.weights == nil || pitch * projection.x_stride == projection.y_stride
    let whole = Raster(runCount: 1, runLength: (height - 1) * pitch + width, pitch: pitch)
    let byRow = Raster(runCount: height, runLength: width, pitch: Int.max)
    self = crosses && whole.cost <= byRow.cost ? whole : byRow
  }

  init(rowCount: Int) { self.init(runCount: 1, runLength: rowCount, pitch: Int.max) }

  private init(runCount: Int, runLength: Int, pitch: Int) {
    self.runCount = runCount
    self.runLength = runLength
    self.pitch = pitch
    rows = min(rowsPerTile, runLength)
    tilesPerRun = (runLength + rows - 1) / rows
  }

  var tileCount: Int { runCount * tilesPerRun }

  /// A tile takes a cycle a row, and its weights' loads half of what 16 rows take: with 4 in place of 8, ResNet-18 takes 10 %
  /// more (Xeon with AMX, one core), as its 7x7 maps then go row by row.
  private var cost: Int { tileCount * (rows + 8) }

  func tiles(_ range: Range<Int>) -> TileGroup { TileGroup(raster: self, range: range) }

  /// The run of a tile, where in it the tile starts, and its first row that no other tile has: the last tile of a run
  /// ends with the run.
  @inline(__always)
  fileprivate func tile(_ index: Int) -> (run: Int, start: Int, firstRow: Int) {
    let (run, place) = index.quotientAndRemainder(dividingBy: tilesPerRun)
    let start = min(place * rows, runLength - rows)
    return (run, start, place * rows - start)
  }
}

/// Tiles that are computed together, 1 to 4.
struct TileGroup {
  fileprivate let raster: Raster
  fileprivate let range: Range<Int>

  var count: Int { range.count }

  /// Where the first row of each tile lies in the input of a block.
  @inline(__always)
  func inputs(of window: rn8_window, _ block: Int) -> InlineArray<4, UnsafeRawPointer> {
    places(window.start(block: block)) { index in
      let (run, start, _) = raster.tile(range.lowerBound + index)
      return run * window.y_stride + start * window.x_stride
    }
  }

  /// Where the sums of each tile go in memory that has 16 rows a tile.
  @inline(__always)
  func sums(_ memory: UnsafeMutableRawPointer, _ sumStride: Int) -> InlineArray<4, UnsafeMutableRawPointer> {
    places(memory) { index in index * rowsPerTile * sumStride }
  }

  /// Where the sums of each tile go in memory that has a row for each position of the only run.
  @inline(__always)
  func positions(in memory: UnsafeMutableRawPointer, _ sumStride: Int) -> InlineArray<4, UnsafeMutableRawPointer> {
    places(memory) { index in raster.tile(range.lowerBound + index).start * sumStride }
  }

  /// A place for each of four tiles; those past the last have its place.
  @inline(__always)
  private func places<Pointer: Strideable>(
    _ memory: Pointer, _ offset: (_ index: Int) -> Int
  ) -> InlineArray<4, Pointer> where Pointer.Stride == Int {
    var places = InlineArray<4, Pointer>(repeating: memory)
    for index in 0..<4 { places[index] = memory.advanced(by: offset(min(index, count - 1))) }
    return places
  }

  /// The rows that are output pixels, and no other tile's, in runs of neighbours; a tile has 16 in the numbering.
  @inline(__always)
  func forEachRun(width: Int, _ body: (_ row: Int, _ count: Int, _ y: Int, _ x: Int) -> Void) {
    for tile in range {
      let (run, start, firstRow) = raster.tile(tile)
      var row = firstRow
      var (y, x) = (start + firstRow).quotientAndRemainder(dividingBy: raster.pitch)
      while row < raster.rows {
        let count = min(width - x, raster.rows - row)
        if count > 0 { body((tile - range.lowerBound) * rowsPerTile + row, count, run + y, x) }
        row += raster.pitch - x
        (y, x) = (y + 1, 0)
      }
    }
  }
}
