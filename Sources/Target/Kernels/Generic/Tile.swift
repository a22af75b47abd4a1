import CIntrinsics
import CKernels

/// A tile multiplies `rows` rows of bytes by the weights of `blocks` blocks of 16 output channels, and keeps the sums
/// of the products in registers:
///
/// ```
///             weights, vectors of 16 channels
///               w0    w1    w2    w3          for each 4 bytes of a row:
/// row 0    a0  sum   sum   sum   sum          load `blocks` weight vectors,
/// row 1    a1  sum   sum   sum   sum          for each row broadcast 4 bytes
///  ...                                        and issue `blocks` dot products
/// row 5    a5  sum   sum   sum   sum
/// ```
///
/// A row is the bytes that one output pixel reads: its window.
public enum Tile<Set: InstructionSet, let rows: Int, let blocks: Int> {
  /// One vector for each block of the tile.
  public typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  /// The sums of a tile in memory, `[row][block]`.
  public typealias Sums = UnsafeMutablePointer<Vectors>

  @inlinable @inline(__always)
  static func withSums(_ body: (Sums) -> Void) {
    // As `AlignedVectors`, whose number of vectors cannot be rows x blocks: Swift does not compute with such numbers.
    var memory = (InlineArray<rows, Vectors>.uninitialized, SIMD16<Int32>.zero)
    withUnsafeMutableBytes(of: &memory) {
      body($0.baseAddress!.alignedUp(toMultipleOf: 64).assumingMemoryBound(to: Vectors.self))
    }
  }

  /// Computes the dot products of each row's window and the weights of the blocks `block ..< block + blocks`, and
  /// stores them in memory.
  ///
  /// - Parameters:
  ///   - inputs: where the window of each row starts.
  ///   - adding: whether 1/256 of what the memory holds is added: a projection's sums of remainders.
  // Not inlined: it is large, and convolutions, their projections, the classifier and the bare product share it.
  @inlinable @inline(never)
  static func sumProducts(
    of inputs: InlineArray<rows, UnsafeRawPointer>, _ window: rn8_window, block: Int, to memory: Sums,
    addingRemainders adding: Bool = false
  ) {
    // The sums are stored only when they are complete: the compiler keeps in registers only an array that nothing
    // else touches.
    var sums = InlineArray<rows, Vectors>(repeating: Vectors(repeating: .zero))
    let weights = UnsafeRawPointer(window.weights!) + block * window.blockBytes
    Set.accumulate(&sums, inputs, window.walk, weights: weights, blockBytes: window.blockBytes)
    if adding {
      for row in 0..<rows {
        for b in 0..<blocks { sums[row][b] &+= rn8_shift_right(memory[row][b], SIMD16(repeating: 8)) }
      }
    }
    for row in 0..<rows { memory[row] = sums[row] }
  }
}

/// The functions of every `Tile`, whatever its shape, so that a `OneBlockInstructionSet` can name its tile as a
/// type.
public protocol TileShape {
  static var rowCount: Int { get }
  static func convolveTile(_ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int)
  static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int)
}

extension Tile: TileShape {
  @inlinable @inline(__always)
  public static var rowCount: Int { rows }
}

extension rn8_window {
  /// Makes a window of one segment of `depth` contiguous bytes, without an input.
  @inlinable @inline(__always)
  public init(weights: UnsafePointer<Int8>, depth: Int32) {
    self.init()
    self.weights = weights
    (rows, columns, length) = (1, 1, depth)
  }

  @inlinable @inline(__always)
  public var walk: WindowWalk { WindowWalk(self) }

  /// Bytes of the weights of one block of 16 output channels.
  @inlinable @inline(__always)
  public var blockBytes: Int { Int(rows) * Int(columns) * Int(length) * 16 }
}

/// Walks over the segments of a window in the order of their weights. Each is a range of byte offsets from the
/// window's start. (This is not a `Sequence`, whose methods allocate.)
public struct WindowWalk {
  public let window: rn8_window
  @usableFromInline var row = 0
  @usableFromInline var column = 0
  @usableFromInline var rowStart = 0
  @usableFromInline var start = 0
  /// What `next(atMost:)` has left of a segment.
  @usableFromInline var rest = 0..<0

  @inlinable @inline(__always)
  init(_ window: rn8_window) { self.window = window }

  /// Cuts the window into pieces of `capacity` bytes, of which the last may be shorter. A piece may hold several segments,
  /// or parts of them.
  ///
  /// - Parameters:
  ///   - copy: takes some bytes of a segment, and the number of bytes before them in their piece.
  ///   - multiply: takes the number of bytes of a piece, all of which have been copied.
  @inlinable @inline(__always)
  public func forEachPiece(
    of capacity: Int, copy: (_ offset: Int, _ bytes: Range<Int>) -> Void, multiply: (_ count: Int) -> Void
  ) {
    var walk = self
    while true {
      var filled = 0
      while filled < capacity, let bytes = walk.next(atMost: capacity - filled) {
        copy(filled, bytes)
        filled += bytes.count
      }
      if filled == 0 { break }
      multiply(filled)
    }
  }

  /// Returns the next `limit` bytes of the window, or as many as are left of a segment.
  @inlinable @inline(__always)
  mutating func next(atMost limit: Int) -> Range<Int>? {
    if rest.isEmpty {
      guard let segment = next() else { return nil }
      rest = segment
    }
    let piece = rest.lowerBound..<min(rest.upperBound, rest.lowerBound + limit)
    rest = piece.upperBound..<rest.upperBound
    return piece
  }

  @inlinable @inline(__always)
  public mutating func next() -> Range<Int>? {
    if column == Int(window.columns) {
      row += 1
      rowStart += window.row_stride
      (column, start) = (0, rowStart)
    }
    if row == Int(window.rows) { return nil }
    let segment = start..<start + Int(window.length)
    column += 1
    start += window.column_stride
    return segment
  }
}
