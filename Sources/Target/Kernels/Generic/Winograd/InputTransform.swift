import CKernels

/// Transforms a worker's share of a convolution's input: the codes that each tile reads.
@inlinable @inline(__always)
func transformInputShare<V: Int16Vector>(
  _: V.Type, _ winograd: UnsafePointer<rn8_winograd>, worker: Int, of workerCount: Int
) {
  let map = TiledMap(winograd)
  InputTransform<V>.transform(share(map.tileCount, worker: worker, of: workerCount), map, winograd)
}

/// The order of channels in transformed input and weights. Of as many bytes as a vector has, the even ones come first.
/// So vectors of bytes become vectors of 16-bit numbers by a mask and by a shift, and a pair of neighbours is that of two
/// channels of four, 0 and 2, or 1 and 3.
@usableFromInline
enum ChannelOrder<V: Int16Vector> {
  /// The channels of a vector of bytes.
  @inlinable @inline(__always)
  static var span: Int { 2 * V.scalarCount }

  @inlinable @inline(__always)
  static func fits(_ channels: Int) -> Bool { channels % span == 0 }
}

@usableFromInline
enum InputTransform<V: Int16Vector> {
  @inlinable @inline(never)
  static func transform(_ tiles: Range<Int>, _ map: TiledMap, _ winograd: UnsafePointer<rn8_winograd>) {
    let window = winograd.pointee.convolution.window
    let transformed = UnsafeMutableRawPointer(winograd.pointee.input!)
    AlignedVectors<36>.with { memory in
      let grid = memory.assumingMemoryBound(to: V.self)
      for tile in tiles {
        let (row, column) = map.place(ofTile: tile)
        let codes =
          UnsafeRawPointer(window.input!) + map.rows.start(ofTile: row) * window.y_stride
          + map.columns.start(ofTile: column) * window.x_stride
        let width = map.columns.size(ofTile: column)
        for channel in stride(from: 0, to: winograd.pointee.channels, by: ChannelOrder<V>.span) {
          for parity in 0..<2 {
            let isOdd = parity == 1
            switch map.rows.size(ofTile: row) {
            case 4: AxisTransform<4>.columns(codes + channel, window, width: width, isOdd: isOdd, to: grid)
            case 3: AxisTransform<3>.columns(codes + channel, window, width: width, isOdd: isOdd, to: grid)
            default: AxisTransform<2>.columns(codes + channel, window, width: width, isOdd: isOdd, to: grid)
            }
            let target = transformed + 2 * channel + (isOdd ? MemoryLayout<V>.size : 0)
            switch width {
            case 4: AxisTransform<4>.rows(grid, row, column, map, to: target)
            case 3: AxisTransform<3>.rows(grid, row, column, map, to: target)
            default: AxisTransform<2>.rows(grid, row, column, map, to: target)
            }
          }
        }
      }
    }
  }
}

extension AxisTransform {
  /// Transforms the columns of a tile from top to bottom.
  @inlinable @inline(__always)
  static func columns<V: Int16Vector>(
    _ codes: UnsafeRawPointer, _ window: rn8_window, width: Int, isOdd: Bool, to grid: UnsafeMutablePointer<V>
  ) {
    for x in 0..<width + 2 {
      var column = InlineArray<6, V>(repeating: .zero)
      for y in 0..<length {
        let bytes = (codes + y * window.y_stride + x * window.x_stride).loadUnaligned(as: V.self)
        column[y] = isOdd ? bytes.oddCodes : bytes.evenCodes
      }
      let points = Self.codes(column)
      for i in 0..<length { grid[6 * point(i) + x] = points[i] }
    }
  }

  /// Transforms the rows of a tile from left to right, and stores what its positions multiply.
  @inlinable @inline(__always)
  static func rows<V: Int16Vector>(
    _ grid: UnsafeMutablePointer<V>, _ row: Int, _ column: Int, _ map: TiledMap,
    to transformed: UnsafeMutableRawPointer
  ) {
    for i in 0..<6 where row < map.rows.count(having: i) {
      var codes = InlineArray<6, V>(repeating: .zero)
      for x in 0..<length { codes[x] = grid[6 * i + x] }
      let points = Self.codes(codes)
      for j in 0..<length {
        let place = map.tiles(before: row, column, having: i, point(j))
        (transformed + (6 * i + point(j)) * map.positionBytes + place * map.tileBytes)
          .storeBytes(of: points[j], as: V.self)
      }
    }
  }
}
