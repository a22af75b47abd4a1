import CIntrinsics
import CKernels

/// The operations that each instruction set may do in its own way.
///
/// Everything else in this module is written once, on vectors of 16 Int32 lanes, one lane for each channel of a
/// block. The default of each operation is its definition, and the portable kernels use it. An instruction set
/// replaces the operations that it has instructions for, and must give the same bits.
public protocol InstructionSet {
  /// Adds the dot product of 4 bytes to each lane: lane `i` of the result is `sum[i]` plus the products of the bytes
  /// `4i ..< 4i + 4` of `activations` (UInt8) and of `weights` (Int8). All lanes of `activations` hold the same 4
  /// bytes.
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32>

  /// Adds the dot product of each row's window and each block's weights to `sums[row][block]`.
  ///
  /// The default takes four bytes at a time, by `dot`.
  ///
  /// - Parameters:
  ///   - inputs: where the window of each row starts.
  ///   - walk: the segments of a window, the same for all rows.
  ///   - weights: the weights of the first block, `[depth / 4][16][4]`.
  ///   - blockBytes: bytes from the weights of a block to those of the next.
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int)

  /// Requantizes the values of a pixel and stores their codes, 16 bytes for each block, side by side.
  ///
  /// It saturates a value to Int16, multiplies it by `multiplier` x 2^-15 rounding halves up, and saturates the
  /// product to UInt8. Multipliers are 0...32767.
  ///
  /// | value x multiplier x 2^-15 | -0.5 | 0.49 | 0.5 | 1.5 | 254.5 | 300 |
  /// |----------------------------|------|------|-----|-----|-------|-----|
  /// | code                       |    0 |    0 |   1 |   2 |   255 | 255 |
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer)

  /// Requantizes the values of a pixel and stores their codes, as above, and their remainders: what the rounding took
  /// away, plus 128, in 1/256 of a code. A value below 0 has the remainder of 0, which is 128.
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer, remainders: UnsafeMutableRawPointer)

  /// Multiplies the values of a pixel's codes with remainders, `256 * code + remainder - 2^15`, by `multiplier`. The
  /// codes and the remainders lie side by side, 16 bytes for each block.
  static func products<let blocks: Int>(
    ofCodes codes: UnsafeRawPointer, remainders: UnsafeRawPointer, _ multiplier: InlineArray<blocks, SIMD16<Int32>>
  ) -> InlineArray<blocks, SIMD16<Int32>>

  /// Whether requantizing one block of four pixels at once is faster than requantizing it pixel by pixel.
  static var packsPixels: Bool { get }

  /// Requantizes one block of four pixels and stores their codes. The codes of the pixels lie `stride` bytes apart.
  /// Only called where `packsPixels` is true.
  static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int)

  /// Requantizes one block of four pixels and stores their codes and their remainders. The remainders of the pixels lie
  /// `remainderStride` bytes apart. Only called where `packsPixels` is true.
  static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int,
    remainders: UnsafeMutableRawPointer, _ remainderStride: Int)

  /// Does what `PixelRun.store` does, which is the default. A set may leave it to another set's code. Then it uses none
  /// of the operations above but `dot` and `accumulate`.
  static func storeRun<let blocks: Int>(
    _ sums: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>,
    _ projected: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>?, _ count: Int,
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, _ y: Int, _ x: Int)
}

/// An instruction set with the tile shapes that fit its registers.
public protocol TiledInstructionSet: InstructionSet {
  /// The number of blocks of the widest tile: 1, 2 or 4. Tiles of 2 blocks and of 1 block compute what remains of a
  /// group.
  static var blocksPerTile: Int { get }
  /// The number of output pixels that a tile of `blocks` blocks computes, one in each of its rows.
  static func pixelsPerTile(blocks: Int) -> Int
  /// Calls `body` with the convolution, to whose windows the set may add what helps it to compute the blocks
  /// `block ..< block + blocks` of `pixels` output pixels. The default adds nothing.
  static func prepare(
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, blocks: Int, pixels: Int,
    _ body: (UnsafePointer<rn8_convolution>) -> Void)
  /// Calls `Tile.convolveTile` of the tile shape that has `blocks` blocks.
  static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int)
  /// Calls `Tile.multiplyTile` of the tile shape that has `blocks` blocks.
  static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int)
}

extension TiledInstructionSet {
  @inlinable @inline(__always)
  public static func prepare(
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, blocks: Int, pixels: Int,
    _ body: (UnsafePointer<rn8_convolution>) -> Void
  ) {
    body(convolution)
  }
}

/// An instruction set whose only tile shape has one block.
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
        // All rows share one offset, whose value is hidden from the compiler. Where the compiler sees it, it keeps a
        // pointer for each row and spills those to memory.
        offset = rn8_opaque(offset + 4)
        weights += 64
      }
    }
  }

  @inlinable @inline(__always)
  public static func dot(
    _ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>
  ) -> SIMD16<Int32> {
    // Shifts pick each byte of a lane. A weight is shifted left to the top, then right again with its sign. An
    // activation has no sign: it is shifted right and masked.
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
  public static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer, remainders: UnsafeMutableRawPointer
  ) {
    for b in 0..<blocks {
      let product = rn8_clamp(values[b], 0, 32767) &* multiplier[b] &+ (1 << 14)
      rn8_store_low_bytes(codes + b * 16, rn8_clamp(product &>> 15, 0, 255))
      rn8_store_low_bytes(remainders + b * 16, product &>> 7)
    }
  }

  @inlinable @inline(__always)
  public static func products<let blocks: Int>(
    ofCodes codes: UnsafeRawPointer, remainders: UnsafeRawPointer, _ multiplier: InlineArray<blocks, SIMD16<Int32>>
  ) -> InlineArray<blocks, SIMD16<Int32>> {
    var products = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
    for b in 0..<blocks {
      let value = loadFineCodes(codes + b * 16, remainders + b * 16) &- (1 << 15)
      products[b] = rn8_product_int16(value, multiplier[b])
    }
    return products
  }

  @inlinable @inline(__always)
  public static var packsPixels: Bool { false }

  @inlinable @inline(__always)
  public static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int
  ) {
    for i in 0..<4 { storeCodes([pixels[i]], multiplier: [multiplier], to: codes + i * stride) }
  }

  @inlinable @inline(__always)
  public static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int,
    remainders: UnsafeMutableRawPointer, _ remainderStride: Int
  ) {
    for i in 0..<4 {
      storeCodes(
        [pixels[i]], multiplier: [multiplier], to: codes + i * stride, remainders: remainders + i * remainderStride)
    }
  }

  @inlinable @inline(__always)
  public static func storeRun<let blocks: Int>(
    _ sums: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>,
    _ projected: UnsafePointer<InlineArray<blocks, SIMD16<Int32>>>?, _ count: Int,
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, _ y: Int, _ x: Int
  ) {
    PixelRun<Self, blocks>.store(sums, projected, count, convolution, block: block, y, x)
  }
}

/// Loads 16 codes and their remainders, each pair as a lane of `256 * code + remainder`.
@inlinable @inline(__always)
public func loadFineCodes(_ codes: UnsafeRawPointer, _ remainders: UnsafeRawPointer) -> SIMD16<Int32> {
  rn8_load_codes(codes) &<< 8 | rn8_load_codes(remainders)
}

@inlinable @inline(__always)
func saturateToInt16(_ value: SIMD16<Int32>) -> SIMD16<Int32> {
  rn8_clamp(value, -32768, 32767)
}
