/// How an axis of an output map is cut into tiles of 4, 3 and 2 pixels. The largest come first.
///
/// A tile of `size` pixels reads `size + 2` pixels of the input, and so has as many products along this axis, one for each
/// of its points:
///
/// ```
/// point            0   1   2   3   4   5
/// evaluated at     0   1  -1   2  -2   infinity
/// tiles of 4       x   x   x   x   x   x
/// tiles of 3       x   x   x   x       x
/// tiles of 2       x   x   x           x
/// ```
public struct TiledAxis {
  @usableFromInline let fours, threes, twos: Int

  /// - Parameters:
  ///   - length: pixels, at least 2.
  ///   - largest: the size of the largest tiles, 4 or 3.
  @inlinable @inline(__always)
  public init(_ length: Int, largest: Int) {
    let rest = length % largest
    if length == 2 {
      (fours, threes, twos) = (0, 0, 1)
    } else if largest == 4 {
      // 4 + 1 pixels become 3 + 2, and 4 + 2 become 3 + 3.
      fours = length / 4 - (rest == 1 || rest == 2 ? 1 : 0)
      threes = rest == 0 ? 0 : rest == 2 ? 2 : 1
      twos = rest == 1 ? 1 : 0
    } else {
      // 3 + 1 pixels become 2 + 2.
      fours = 0
      threes = length / 3 - (rest == 1 ? 1 : 0)
      twos = rest == 0 ? 0 : rest == 1 ? 2 : 1
    }
  }

  @inlinable @inline(__always)
  public var count: Int { fours + threes + twos }

  /// The sum of all tiles' points.
  @inlinable @inline(__always)
  public var points: Int { 6 * fours + 5 * threes + 4 * twos }

  /// Returns the number of tiles that have a point. They are the first ones.
  @inlinable @inline(__always)
  func count(having point: Int) -> Int { point == 4 ? fours : point == 3 ? fours + threes : count }

  @inlinable @inline(__always)
  func size(ofTile index: Int) -> Int { index < fours ? 4 : index < fours + threes ? 3 : 2 }

  /// Returns the first output pixel of a tile.
  @inlinable @inline(__always)
  func start(ofTile index: Int) -> Int {
    4 * min(index, fours) + 3 * min(max(index - fours, 0), threes) + 2 * max(index - fours - threes, 0)
  }
}

/// The tiles of an output map, row by row, and the places of their products' factors.
///
/// A tile has a product at position (i, j) of 6 x 6 if it has point i from top to bottom and point j from left to right.
public struct TiledMap {
  @usableFromInline let rows, columns: TiledAxis
  /// Bytes of the transformed input of one tile at one position: a 16-bit number for each channel.
  @usableFromInline let tileBytes: Int

  @inlinable @inline(__always)
  public init(height: Int, width: Int, channels: Int, largest: Int) {
    rows = TiledAxis(height, largest: largest)
    columns = TiledAxis(width, largest: largest)
    tileBytes = 2 * channels
  }

  @inlinable @inline(__always)
  public var tileCount: Int { rows.count * columns.count }

  /// Returns the row of tiles and the column that a tile is in. Tile `tileCount` would be in the row below the last one.
  @inlinable @inline(__always)
  func place(ofTile index: Int) -> (row: Int, column: Int) {
    let (row, column) = index.quotientAndRemainder(dividingBy: columns.count)
    return (row, column)
  }

  /// The products of one input channel and one output channel.
  @inlinable @inline(__always)
  public var productCount: Int { rows.points * columns.points }

  /// Returns the number of tiles that have position (i, j) before the tile in (row, column). Where this tile has it too, this
  /// is its place among them.
  @inlinable @inline(__always)
  func tiles(before row: Int, _ column: Int, having i: Int, _ j: Int) -> Int {
    let (rowsHavingI, columnsHavingJ) = (rows.count(having: i), columns.count(having: j))
    return row < rowsHavingI ? row * columnsHavingJ + min(column, columnsHavingJ) : rowsHavingI * columnsHavingJ
  }

  /// The bytes between positions that keep them from sharing few sets of a cache.
  @inlinable @inline(__always)
  static var padding: Int { 64 }

  /// Bytes from the transformed input of a position, `[tile that has it][channel]`, to that of the next.
  @inlinable @inline(__always)
  var positionBytes: Int { tileCount * tileBytes + Self.padding }

  /// Bytes of the transformed input of all tiles. A `PairTile` may read up to 16 tiles behind the last one.
  @inlinable @inline(__always)
  public var byteCount: Int { 36 * positionBytes + 16 * tileBytes }
}
