import CKernels
import ModelFormat

/// Computes a worker's share of a convolution, with its shortcut, requantization and ReLU fused.
///
/// It takes one chunk of output channels at a time and computes the chunk's tiles in order, so that the chunk's
/// weights stay in the cache while the pixels pass.
@inlinable @inline(__always)
func convolveShare<Set: TiledInstructionSet>(
  _: Set.Type, _ convolution: UnsafePointer<rn8_convolution>, worker: Int, of workerCount: Int
) {
  let output = convolution.pointee.output
  let pixels = Int(output.height) * Int(output.width)
  forEachShare(convolution, widest: Set.blocksPerTile, count: pixels, worker: worker, of: workerCount) {
    block, blocks, share in
    let pixelsPerTile = Set.pixelsPerTile(blocks: blocks)
    Set.prepare(convolution, block: block, blocks: blocks, pixels: share.count) { convolution in
      // A worker computes the tiles that begin inside its share.
      var pixel = (share.lowerBound + pixelsPerTile - 1) / pixelsPerTile * pixelsPerTile
      while pixel < share.upperBound {
        Set.convolveTile(
          convolution, first: pixel, count: min(pixelsPerTile, pixels - pixel), block: block, blocks: blocks)
        pixel += pixelsPerTile
      }
    }
  }
}

extension Tile {
  /// Computes the output pixels `first ..< first + count` of the blocks `block ..< block + blocks`.
  ///
  /// Pixels are numbered row by row, and each is a row of the tile. The blocks must be in one group. `count` is at
  /// most `rows`; the tile's rows past `count` repeat the last pixel and are not stored.
  @inlinable @inline(__always)
  public static func convolveTile(_ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int) {
    let places = OutputPixels(first: first, count: count, width: Int(convolution.pointee.output.width))
    withSums { sums in
      let window = convolution.pointee.window
      sumProducts(of: places.inputs(of: window, block), window, block: block, to: sums)
      withProjection(convolution, block: block, inputs: { places.inputs(of: $0, block) }) { projected in
        store(sums, projected: projected, convolution, block: block, forEachRun: { places.forEachRun($0) })
      }
    }
  }

  /// Calls `body` with the sums of the projection that the shortcut goes through, and of its remainders; with nil where there
  /// is none.
  ///
  /// - Parameter inputs: returns where the window of each row starts.
  @inlinable @inline(__always)
  static func withProjection(
    _ convolution: UnsafePointer<rn8_convolution>, block: Int,
    inputs: (rn8_window) -> InlineArray<rows, UnsafeRawPointer>, _ body: (_ projected: Sums?) -> Void
  ) {
    let (projection, remainders) = (convolution.pointee.projection, convolution.pointee.projection_remainders)
    guard projection.weights != nil else {
      body(nil)
      return
    }
    withSums { projected in
      if remainders.weights != nil { sumProducts(of: inputs(remainders), remainders, block: block, to: projected) }
      sumProducts(
        of: inputs(projection), projection, block: block, to: projected, addingRemainders: remainders.weights != nil)
      body(projected)
    }
  }

  /// Adds the shortcut to the sums, requantizes them and stores the codes, and the remainders where the output has them.
  ///
  /// - Parameters:
  ///   - sums: the convolution's sums, `[row][block]`.
  ///   - projected: the projection's sums, `[row][block]`; nil where the shortcut is not a projection.
  ///   - block: the first of the tile's blocks.
  ///   - forEachRun: calls `body` for each run of rows that are neighbouring pixels of an output row, with the run's
  ///     first row, its number of rows, and the output pixel (y, x) of its first row. Rows in no run are not stored.
  @inlinable @inline(__always)
  public static func store(
    _ sums: Sums, projected: Sums?, _ convolution: UnsafePointer<rn8_convolution>, block: Int,
    forEachRun: (_ body: (_ row: Int, _ count: Int, _ y: Int, _ x: Int) -> Void) -> Void
  ) {
    forEachRun { row, count, y, x in
      Set.storeRun(sums + row, projected.map { $0 + row }, count, convolution, block: block, y, x)
    }
  }
}

/// The output pixels that the rows of a tile compute, one after the other, row by row of the output.
public struct OutputPixels {
  /// The first pixel.
  @usableFromInline let y, x: Int
  @usableFromInline let count: Int
  /// The width of the output.
  @usableFromInline let width: Int

  @inlinable @inline(__always)
  public init(first: Int, count: Int, width: Int) {
    (y, x) = first.quotientAndRemainder(dividingBy: width)
    self.count = count
    self.width = width
  }

  /// Pixels of one row of the output.
  @inlinable @inline(__always)
  init(y: Int, x: Int, count: Int) {
    self.y = y
    self.x = x
    self.count = count
    width = .max
  }

  @inlinable @inline(__always)
  public func forEachRun(_ body: (_ row: Int, _ count: Int, _ y: Int, _ x: Int) -> Void) {
    var (row, y, x) = (0, y, x)
    while row < count {
      let run = min(count - row, width - x)
      body(row, run, y, x)
      (row, y, x) = (row + run, y + 1, 0)
    }
  }

  /// Returns where the window of each row starts in the input, at the first channel of the group that `block` is in.
  /// The rows past the last pixel repeat it.
  @inlinable @inline(__always)
  public func inputs<let rows: Int>(of window: rn8_window, _ block: Int) -> InlineArray<rows, UnsafeRawPointer> {
    InlineArray { memory in
      memory.withUnsafeMutableBufferPointer { buffer, initializedCount in
        storeInputs(of: window, block, to: buffer.baseAddress!, rows)
        initializedCount = rows
      }
    }
  }

  // Not inlined: all tiles share it.
  @inlinable @inline(never)
  func storeInputs(
    of window: rn8_window, _ block: Int, to inputs: UnsafeMutablePointer<UnsafeRawPointer>, _ rows: Int
  ) {
    var (y, x) = (y, x)
    let first = window.start(block: block)
    for row in 0..<rows {
      inputs[row] = first + y * window.y_stride + x * window.x_stride
      guard row + 1 < count else { continue }
      x += 1
      if x == width { (y, x) = (y + 1, 0) }
    }
  }
}

extension rn8_window {
  /// Returns where the window of output pixel (0, 0) starts, at the first channel of the group that `block` is in.
  @inlinable @inline(__always)
  public func start(block: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(input!) + block / Int(blocks_per_group) * group_stride
  }
}

extension rn8_tensor {
  @inlinable @inline(__always)
  func pixel(_ y: Int, _ x: Int) -> UnsafeMutablePointer<UInt8> { codes + y * y_stride + x * x_stride }

  /// Returns the remainders of a pixel. The tensor must have some.
  @inlinable @inline(__always)
  func remainders(_ y: Int, _ x: Int) -> UnsafeMutablePointer<UInt8> {
    remainders + (y * Int(width) + x) * Int(channels)
  }
}
