import CIntrinsics
import CKernels

/// What a processor does in its own way; everything else in this module is written once, over 16 lanes of Int32.
///
/// The default of each operation is its definition, and the portable kernels use it. An instruction set replaces what
/// it has an instruction for, and must give the same bits.
public protocol InstructionSet {
  /// Lane `i`: `sum[i]` plus the products of bytes `4i ..< 4i + 4` of `activations` (UInt8) and `weights` (Int8).
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32>

  /// Adds the products of a window's segments, from each row's pointer on, and the weights of `blocks` blocks, `blockBytes`
  /// apart. Four bytes at a time by `dot` where an instruction set has no better way.
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int)

  /// Requantizes: saturates values to Int16, multiplies by `multiplier` x 2^-15 rounding halves up, saturates to UInt8, and
  /// stores 16 bytes a block.
  ///
  /// | value x multiplier x 2^-15 | -0.5 | 0.49 | 0.5 | 1.5 | 254.5 | 300 |
  /// |----------------------------|------|------|-----|-----|-------|-----|
  /// | code                       |    0 |    0 |   1 |   2 |   255 | 255 |
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer)

  /// Whether one block of four pixels is requantized faster than four times one.
  static var packsPixels: Bool { get }

  /// The same for one block of four pixels, `stride` bytes apart. Called where `packsPixels`.
  static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int)
}

/// An instruction set with the tile shapes that fit its registers.
public protocol TiledInstructionSet: InstructionSet {
  /// Blocks of the widest tile: 1, 2 or 4. Narrower ones, down to 1, are used for what remains of a group.
  static var blocksPerTile: Int { get }
  /// Output pixels of a tile of that many blocks.
  static func pixelsPerTile(blocks: Int) -> Int
  /// `Tile.convolveTile` of the shape for `blocks`.
  static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int)
  /// `Tile.multiplyTile` of the shape for `blocks`.
  static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int)
}

/// A set whose tiles have one block and one shape.
public protocol OneBlockInstructionSet: TiledInstructionSet {
  associatedtype OnlyTile: TileShape
}

extension OneBlockInstructionSet {
  @inlinable @inline(__always)
  public static var blocksPerTile: Int { 1 }

  @inlinable @inline(__always)
  public static func pixelsPerTile(blocks: Int) -> Int { OnlyTile.rowCount }

  @inlinable @inline(__always)
  public static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    OnlyTile.convolveTile(convolution, first: first, count: count, block: block)
  }

  @inlinable @inline(__always)
  public static func multiplyTile(
    _ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    OnlyTile.multiplyTile(product, first: first, count: count, block: block)
  }
}

extension InstructionSet {
  @inlinable @inline(__always)
  public static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    var (walk, weights) = (walk, weights)
    while let bytes = walk.next() {
      var offset = bytes.lowerBound
      while offset < bytes.upperBound {
        var vectors = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
        for b in 0..<blocks { vectors[b] = (weights + b * blockBytes).loadUnaligned(as: SIMD16<Int32>.self) }
        for row in 0..<rows {
          let activations = SIMD16<Int32>(repeating: (inputs[row] + offset).loadUnaligned(as: Int32.self))
          for b in 0..<blocks { sums[row][b] = dot(sums[row][b], activations, vectors[b]) }
        }
        // One index for all rows: where the compiler sees what it is, it advances a pointer a row and spills them.
        offset = rn8_opaque(offset + 4)
        weights += 64
      }
    }
  }

  @inlinable @inline(__always)
  public static func dot(
    _ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>
  ) -> SIMD16<Int32> {
    // Shifts pick each byte of a lane: left to the top, then down again with the sign; activations have none.
    var result = sum
    result &+= (activations & 0xff) &* ((weights &<< 24) &>> 24)
    result &+= (activations &>> 8 & 0xff) &* ((weights &<< 16) &>> 24)
    result &+= (activations &>> 16 & 0xff) &* ((weights &<< 8) &>> 24)
    result &+= (activations &>> 24 & 0xff) &* (weights &>> 24)
    return result
  }

  @inlinable @inline(__always)
  public static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    for b in 0..<blocks {
      let product = (saturateToInt16(values[b]) &* multiplier[b] &+ (1 << 14)) &>> 15
      rn8_store_low_bytes(codes + b * 16, rn8_clamp(product, 0, 255))
    }
  }

  @inlinable @inline(__always)
  public static var packsPixels: Bool { false }

  @inlinable @inline(__always)
  public static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int
  ) {
    for i in 0..<4 { storeCodes([pixels[i]], multiplier: [multiplier], to: codes + i * stride) }
  }
}

@inlinable @inline(__always)
func saturateToInt16(_ value: SIMD16<Int32>) -> SIMD16<Int32> {
  rn8_clamp(value, -32768, 32767)
}
