import CKernels
import Kernels

/// Divides the output pixels into tiles, so that the windows of a tile's pixels lie at one distance in the input.
///
/// The windows of one output row's pixels lie at one distance. Output rows are a whole number of pixels apart, so
/// that the windows of all pixels lie at that distance too, if the positions between the end of a row and the start
/// of the next are counted. Those positions are computed and dropped:
///
/// ```
///  0  1  2  3  4  5  6  .  .      a map 7 wide with a halo of 1: 9 positions from row to row;
///  9 10 11 12 13 14 15  .  .      tiles 0...15, 16...31, ... in place of 7 tiles with 7 rows
/// ```
struct Raster {
  /// The number of runs. A run is a sequence of positions at one distance, and is cut into tiles.
  let runCount: Int
  let runLength: Int
  /// The number of positions from one output row to the next, if runs cross rows; otherwise more than a run has.
  let pitch: Int
  /// The number of rows of a tile, at most 16.
  let rows: Int
  let tilesPerRun: Int

  init(_ convolution: UnsafePointer<rn8_convolution>) {
    let window = convolution.pointee.window
    let (projection, remainders) = (convolution.pointee.projection, convolution.pointee.projection_remainders)
    let (height, width) = (Int(convolution.pointee.output.height), Int(convolution.pointee.output.width))
    let pitch = window.y_stride / window.x_stride
    let crosses =
      (projection.weights == nil || pitch * projection.x_stride == projection.y_stride)
      && (remainders.weights == nil || pitch * remainders.x_stride == remainders.y_stride)
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

  /// An estimate of the cycles that all tiles take. A tile takes one cycle for each row, and 8 to load its weights:
  /// half of what 16 rows take. With 4 in place of 8, the 7x7 maps of ResNet-18 go row by row, and the network takes
  /// 10 % more time (Xeon with AMX, one core).
  private var cost: Int { tileCount * (rows + 8) }

  func tiles(_ range: Range<Int>) -> TileGroup { TileGroup(raster: self, range: range) }

  /// Returns the run of a tile, the position in the run where the tile starts, and its first row that the tile before
  /// does not have. The last tile of a run ends with the run, so that it may repeat rows of the tile before it.
  @inline(__always)
  fileprivate func tile(_ index: Int) -> (run: Int, start: Int, firstRow: Int) {
    let (run, place) = index.quotientAndRemainder(dividingBy: tilesPerRun)
    let start = min(place * rows, runLength - rows)
    return (run, start, place * rows - start)
  }
}

/// The tiles that are computed together, 1 to 4.
struct TileGroup {
  fileprivate let raster: Raster
  fileprivate let range: Range<Int>

  var count: Int { range.count }

  /// Returns where the window of each tile's first row starts in the input, in the group that `block` is in.
  @inline(__always)
  func inputs(of window: rn8_window, _ block: Int) -> InlineArray<4, UnsafeRawPointer> {
    places(window.start(block: block)) { index in
      let (run, start, _) = raster.tile(range.lowerBound + index)
      return run * window.y_stride + start * window.x_stride
    }
  }

  /// Returns where the sums of each tile go in memory that has 16 rows for each tile.
  @inline(__always)
  func sums(_ memory: UnsafeMutableRawPointer, _ sumStride: Int) -> InlineArray<4, UnsafeMutableRawPointer> {
    places(memory) { index in index * rowsPerTile * sumStride }
  }

  /// Returns where the sums of each tile go in memory that has a row for each position of the raster's only run.
  @inline(__always)
  func positions(in memory: UnsafeMutableRawPointer, _ sumStride: Int) -> InlineArray<4, UnsafeMutableRawPointer> {
    places(memory) { index in raster.tile(range.lowerBound + index).start * sumStride }
  }

  /// Returns a place for each of four tiles. Those past the last tile get the last tile's.
  @inline(__always)
  private func places<Pointer: Strideable>(
    _ memory: Pointer, _ offset: (_ index: Int) -> Int
  ) -> InlineArray<4, Pointer> where Pointer.Stride == Int {
    var places = InlineArray<4, Pointer>(repeating: memory)
    for index in 0..<4 { places[index] = memory.advanced(by: offset(min(index, count - 1))) }
    return places
  }

  /// Calls `body` for each run of rows that are neighbouring pixels of an output row, as `Tile.store` takes them. It
  /// leaves out the rows that are no output pixels and those that another tile has. Rows are numbered as if every
  /// tile had 16.
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
