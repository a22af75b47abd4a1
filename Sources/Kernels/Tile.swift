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
    // Copied to memory when complete: only an array that nothing else touches is kept in registers.
    var sums = InlineArray<rows, Vectors>(repeating: Vectors(repeating: .zero))
    var sumsOfZeros = Vectors(repeating: .zero)
    let blockBytes = Int(window.rows) * Int(window.columns) * Int(window.length) * 16
    var weights = UnsafeRawPointer(window.weights!) + block * blockBytes
    var segmentRow = 0
    while segmentRow < Int(window.rows) {
      var segmentColumn = 0
      while segmentColumn < Int(window.columns) {
        var offset = segmentRow * window.row_stride + segmentColumn * window.column_stride
        let end = offset + Int(window.length)
        while offset < end {
          var vectors = Vectors(repeating: .zero)
          for b in 0..<blocks { vectors[b] = (weights + b * blockBytes).loadUnaligned(as: SIMD16<Int32>.self) }
          if Set.centersActivations {
            for b in 0..<blocks { sumsOfZeros[b] = Set.dot(sumsOfZeros[b], .zero, vectors[b]) }
          }
          for row in 0..<rows {
            let bytes = SIMD16<Int32>(repeating: (inputs[row] + offset).loadUnaligned(as: Int32.self))
            for b in 0..<blocks { sums[row][b] = Set.dot(sums[row][b], bytes, vectors[b]) }
          }
          offset += 4
          weights += 64
        }
        segmentColumn += 1
      }
      segmentRow += 1
    }
    for row in 0..<rows {
      for b in 0..<blocks { memory[row][b] = sums[row][b] &- sumsOfZeros[b] }
    }
  }
}
