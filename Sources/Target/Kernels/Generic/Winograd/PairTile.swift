import CIntrinsics

/// The functions of every `PairTile`, whatever its shape.
public protocol PairTileShape {
  static var rowCount: Int { get }
  static func multiply(_ product: PairProduct, first: Int, count: Int) -> Int
}

/// Rows of 16-bit numbers times packed weights.
public struct PairProduct {
  /// The first row, and bytes from a row to the next.
  @usableFromInline let rows: UnsafeRawPointer
  @usableFromInline let rowStride: Int
  /// [block][depth / 2][16][2], and bytes from a block to the next.
  @usableFromInline let weights: UnsafeRawPointer
  @usableFromInline let blockBytes: Int
  /// The numbers of a row, even.
  @usableFromInline let depth: Int
  /// [row][block][16]
  @usableFromInline let sums: UnsafeMutableRawPointer
  /// What the next product reads: its rows, and its weights are those behind these ones. They are prefetched.
  @usableFromInline let nextRows: UnsafeRawPointer

  @inlinable @inline(__always)
  init(
    rows: UnsafeRawPointer, rowStride: Int, weights: UnsafeRawPointer, blockBytes: Int, depth: Int,
    sums: UnsafeMutableRawPointer, nextRows: UnsafeRawPointer
  ) {
    self.rows = rows
    self.rowStride = rowStride
    self.weights = weights
    self.blockBytes = blockBytes
    self.depth = depth
    self.sums = sums
    self.nextRows = nextRows
  }
}

/// `rows` rows of pairs times the weights of `blocks` blocks. The sums stay in registers until the rows are through.
/// `Set` has it compiled for the set's processors.
public enum PairTile<Set: InstructionSet, let rows: Int, let blocks: Int>: PairTileShape {
  @inlinable @inline(__always)
  public static var rowCount: Int { rows }

  /// Multiplies `rows` rows from `first` on, those past `count` too: there is memory behind the last row.
  @inlinable @inline(__always)
  public static func multiply(_ product: PairProduct, first: Int, count: Int) -> Int {
    typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
    var sums = InlineArray<rows, Vectors>(repeating: Vectors(repeating: .zero))
    var pairs = product.rows + first * product.rowStride
    var weights = product.weights
    var nextRows = product.nextRows
    let toNextWeights = 32 * product.depth + TiledMap.padding
    for _ in 0..<product.depth / 2 {
      var vectors = Vectors(repeating: .zero)
      for b in 0..<blocks { vectors[b] = (weights + b * product.blockBytes).loadUnaligned(as: SIMD16<Int32>.self) }
      var address = Int(bitPattern: pairs)
      @inline(__always) func multiply(_ row: Int) {
        let pair = UnsafeRawPointer(bitPattern: address).unsafelyUnwrapped.loadUnaligned(as: Int32.self)
        for b in 0..<blocks { sums[row][b] = rn8_dot_pairs(sums[row][b], SIMD16(repeating: pair), vectors[b]) }
        // Where the compiler saw how the addresses of rows depend on each other, it would keep one for each row in memory.
        address = rn8_opaque(address &+ product.rowStride)
      }
      // Two loops, since the compiler leaves one of more than 12 rows a loop.
      for row in 0..<min(rows, 7) { multiply(row) }
      for row in min(rows, 7)..<rows { multiply(row) }
      for b in 0..<blocks { rn8_prefetch(weights + b * product.blockBytes + toNextWeights) }
      rn8_prefetch(nextRows)
      nextRows += 64
      pairs += 4
      weights += 64
    }
    let memory = product.sums.assumingMemoryBound(to: Vectors.self) + first
    for row in 0..<rows { memory[row] = sums[row] }
    return min(rows, count - first)
  }
}
