import CIntrinsics
import CKernels

/// An instruction set whose tiles have any number of blocks, since the sums of only some channels are in registers at a time.
/// Functions for each number of blocks would take much more code.
public protocol RowInstructionSet: TiledInstructionSet {
  associatedtype Products: RowProducts
}

extension RowInstructionSet {
  /// Does what `rn8_store_run` says.
  @inlinable @inline(__always)
  public static func storeRun(
    _ sums: UnsafeRawPointer, _ projected: UnsafeRawPointer?, _ count: Int32,
    _ convolution: UnsafePointer<rn8_convolution>, _ block: Int32, _ blocks: Int32, _ y: Int32, _ x: Int32
  ) {
    func store<let blocks: Int>(_: PixelRun<Self, blocks>.Type) {
      typealias Vectors = PixelRun<Self, blocks>.Vectors
      PixelRun<Self, blocks>.store(
        sums.assumingMemoryBound(to: Vectors.self), projected?.assumingMemoryBound(to: Vectors.self), Int(count),
        convolution, block: Int(block), Int(y), Int(x))
    }
    switch blocks {
    case 4: store(PixelRun<Self, 4>.self)
    case 2: store(PixelRun<Self, 2>.self)
    default: store(PixelRun<Self, 1>.self)
    }
  }
}

/// The products of a few rows of bytes and the weights of a few blocks.
public protocol RowProducts {
  /// Computes the dot products of each row's window and the weights of `blocks` blocks. Sums of rows past the last one may
  /// be written too: of 8 rows in all, or of the whole tile where there are more.
  ///
  /// - Parameters:
  ///   - sums: `[row][block]`, aligned to 64 bytes where that shall be fast.
  ///   - inputs: where the window of each row starts.
  ///   - adding: whether the products are added to what `sums` holds.
  static func accumulate(
    _ sums: UnsafeMutablePointer<SIMD16<Int32>>, _ inputs: UnsafePointer<UnsafeRawPointer>, _ rows: Int,
    _ walk: WindowWalk, _ weights: UnsafeRawPointer, _ blocks: Int, _ blockBytes: Int, adding: Bool)
}

/// A tile of up to `rows` rows and up to four blocks.
public enum RowTile<Set: RowInstructionSet, let rows: Int> {
  @usableFromInline typealias Sums = UnsafeMutablePointer<SIMD16<Int32>>

  /// Does what `TiledInstructionSet.convolveTile` says.
  // Not inlined, and so is what follows: the memory of all would lie on the stack at once.
  @inlinable @inline(never)
  public static func convolve(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    let width = Int(convolution.pointee.output.width)
    let places = OutputPixels(first: first, count: count, width: width)
    withSums { sums, projected in
      func sumProducts(_ window: rn8_window, to sums: Sums, adding: Bool = false) {
        Self.sumProducts(
          of: places.inputs(of: window, block), count, window, block: block, blocks, to: sums, adding: adding)
      }
      let projection = convolution.pointee.projection
      let remainders = convolution.pointee.projection_remainders
      if remainders.weights != nil {
        // Remainders count 1/256.
        sumProducts(remainders, to: projected)
        for index in 0..<count * blocks { projected[index] &>>= 8 }
      }
      if projection.weights != nil { sumProducts(projection, to: projected, adding: remainders.weights != nil) }
      sumProducts(convolution.pointee.window, to: sums)
      places.forEachRun { row, count, y, x in
        Set.storeRun(
          sums + row * blocks, projection.weights == nil ? nil : UnsafeRawPointer(projected + row * blocks),
          Int32(count), convolution, Int32(block), Int32(blocks), Int32(y), Int32(x))
      }
    }
  }

  /// Does what `TiledInstructionSet.multiplyTile` says.
  @inlinable @inline(never)
  public static func multiply(
    _ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    let product = product.pointee
    let start = UnsafeRawPointer(product.rows!) + first * product.row_stride
    var inputs = InlineArray<rows, UnsafeRawPointer>(repeating: start)
    for row in 0..<count { inputs[row] = start + row * product.row_stride }
    let window = rn8_window(weights: product.weights, depth: product.depth)
    withSums { sums, _ in
      sumProducts(of: inputs, count, window, block: block, blocks, to: sums, adding: false)
      for row in 0..<count {
        rn8_copy(product.sums! + ((first + row) * Int(product.blocks) + block) * 16, sums + row * blocks, blocks * 64)
      }
    }
  }

  /// Does what `InstructionSet.accumulate` says. The classifier and the projections of
  /// Winograd's way call it.
  @inlinable @inline(never)
  public static func accumulate<let inputRows: Int, let blocks: Int>(
    _ sums: inout InlineArray<inputRows, InlineArray<blocks, SIMD16<Int32>>>,
    _ inputs: InlineArray<inputRows, UnsafeRawPointer>, _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    precondition(inputRows <= 8 && blocks <= 4)
    // 8 rows.
    AlignedVectors<32>.with { memory in
      let memory = memory.assumingMemoryBound(to: SIMD16<Int32>.self)
      withUnsafeBytes(of: inputs) {
        Set.Products.accumulate(
          memory, $0.baseAddress!.assumingMemoryBound(to: UnsafeRawPointer.self), inputRows, walk, weights, blocks,
          blockBytes, adding: false)
      }
      withUnsafeMutableBytes(of: &sums) { rn8_copy($0.baseAddress, memory, $0.count) }
    }
  }

  @inlinable @inline(__always)
  static func sumProducts(
    of inputs: InlineArray<rows, UnsafeRawPointer>, _ count: Int, _ window: rn8_window, block: Int, _ blocks: Int,
    to sums: Sums, adding: Bool
  ) {
    withUnsafeBytes(of: inputs) {
      Set.Products.accumulate(
        sums, $0.baseAddress!.assumingMemoryBound(to: UnsafeRawPointer.self), count, window.walk,
        UnsafeRawPointer(window.weights!) + block * window.blockBytes, blocks, window.blockBytes, adding: adding)
    }
  }

  /// Calls `body` with memory for the sums of a tile and for those of its projection, `[row][block]`.
  @inlinable @inline(__always)
  static func withSums(_ body: (_ sums: Sums, _ projected: Sums) -> Void) {
    // As `AlignedVectors`, whose number of vectors cannot be 8 x rows.
    typealias Memory = InlineArray<rows, InlineArray<4, SIMD16<Int32>>>
    var memory = (InlineArray<2, Memory>.uninitialized, SIMD16<Int32>.zero)
    withUnsafeMutableBytes(of: &memory) {
      let sums = $0.baseAddress!.alignedUp(toMultipleOf: 64).assumingMemoryBound(to: SIMD16<Int32>.self)
      body(sums, sums + rows * 4)
    }
  }
}
