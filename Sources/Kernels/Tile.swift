import CKernels

/// `rows` rows of bytes by `blocks` blocks of 16 output channels, their products summed in registers:
///
/// ```
///             weights, 16 channels a vector
///               w0    w1    w2    w3          for each 4 bytes of a row:
/// row 0    a0  sum   sum   sum   sum          load `blocks` weight vectors,
/// row 1    a1  sum   sum   sum   sum          for each row broadcast 4 bytes
///  ...                                        and issue `blocks` dot products
/// row 5    a5  sum   sum   sum   sum
/// ```
///
/// A row is what one output pixel reads of its input.
public enum Tile<Set: InstructionSet, let rows: Int, let blocks: Int> {
  /// One vector a block.
  public typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  /// The sums of a tile in memory: `[row][block]`.
  public typealias Sums = UnsafeMutablePointer<Vectors>

  @inlinable @inline(__always)
  public static func withSums(_ body: (Sums) -> Void) {
    var memory = InlineArray<rows, Vectors>(repeating: Vectors(repeating: .zero))
    withUnsafeMutableBytes(of: &memory) { body($0.baseAddress!.assumingMemoryBound(to: Vectors.self)) }
  }

  /// Stores the sums of the products of each row, from its pointer on, and the weights of blocks `block ..< block + blocks`.
  @inlinable @inline(__always)
  static func multiply(
    _ inputs: InlineArray<rows, UnsafeRawPointer>, _ window: rn8_window, block: Int, to memory: Sums
  ) {
    multiply(inputs, window, block: block) { row, sums in memory[row] = sums }
  }

  /// The same, handing each row's sums to `store`.
  @inlinable @inline(__always)
  static func multiply(
    _ inputs: InlineArray<rows, UnsafeRawPointer>, _ window: rn8_window, block: Int,
    store: (_ row: Int, _ sums: Vectors) -> Void
  ) {
    // Handed over when complete: only an array that nothing else touches is kept in registers.
    var sums = InlineArray<rows, Vectors>(repeating: Vectors(repeating: .zero))
    let blockBytes = Int(window.rows) * Int(window.columns) * Int(window.length) * 16
    var weights = UnsafeRawPointer(window.weights!) + block * blockBytes
    var segmentRow = 0
    while segmentRow < Int(window.rows) {
      var segmentColumn = 0
      while segmentColumn < Int(window.columns) {
        let start = segmentRow * window.row_stride + segmentColumn * window.column_stride
        Set.accumulate(
          &sums, inputs, start..<start + Int(window.length), weights: weights, blockBytes: blockBytes)
        weights += Int(window.length) * 16
        segmentColumn += 1
      }
      segmentRow += 1
    }
    for row in 0..<rows { store(row, sums[row]) }
  }
}
