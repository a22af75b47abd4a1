import CIntrinsics
import CKernels
import ModelFormat

/// Turns the accumulators of `blocks` blocks of 16 channels into codes. It holds the parameters of those channels in
/// registers.
@usableFromInline
struct Requantizer<Set: InstructionSet, let blocks: Int> {
  @usableFromInline typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  @usableFromInline let bias, shift, multiplier: Vectors

  @inlinable @inline(__always)
  init(_ convolution: UnsafePointer<rn8_convolution>, block: Int) {
    bias = parameterRow(convolution, block, ParameterBlock.bias)
    shift = parameterRow(convolution, block, ParameterBlock.shift)
    multiplier = parameterRow(convolution, block, ParameterBlock.multiplier)
  }

  /// Requantizes `count` neighbouring pixels and stores their codes, `stride` bytes from pixel to pixel.
  ///
  /// - Parameters:
  ///   - sums: the sums of the first pixel's blocks, then those of the next pixel's, and so on.
  ///   - addend: returns the shortcut's value for a pixel and a block, in the unit of the accumulator; zero without
  ///     shortcut.
  @inlinable @inline(__always)
  func store(
    _ sums: UnsafePointer<Vectors>, _ count: Int, to codes: UnsafeMutableRawPointer, _ stride: Int,
    adding addend: (_ row: Int, _ block: Int) -> SIMD16<Int32>
  ) {
    var row = 0
    if blocks == 1 && Set.packsPixels {
      while row + 4 <= count {
        var values = InlineArray<4, SIMD16<Int32>>(repeating: .zero)
        for i in 0..<4 { values[i] = value(sums[row + i], 0, addend(row + i, 0)) }
        Set.storeCodes(pixels: values, multiplier: multiplier[0], to: codes + row * stride, stride)
        row += 4
      }
    }
    while row < count {
      var values = Vectors(repeating: .zero)
      for b in 0..<blocks { values[b] = value(sums[row], b, addend(row, b)) }
      Set.storeCodes(values, multiplier: multiplier, to: codes + row * stride)
      row += 1
    }
  }

  @inlinable @inline(__always)
  func value(_ sums: Vectors, _ b: Int, _ addend: SIMD16<Int32>) -> SIMD16<Int32> {
    (sums[b] &+ bias[b] &+ addend) &>> shift[b]
  }
}

/// Brings a shortcut's values, which fit in Int16, to the unit of the accumulator: `(value * multiplier) >> shift`.
@usableFromInline
struct ShortcutScale<let blocks: Int> {
  @usableFromInline typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  @usableFromInline let multiplier, shift: Vectors

  @inlinable @inline(__always)
  init(_ convolution: UnsafePointer<rn8_convolution>, block: Int) {
    multiplier = parameterRow(convolution, block, ParameterBlock.shortcutMultiplier)
    shift = parameterRow(convolution, block, ParameterBlock.shortcutShift)
  }

  /// Scales an identity shortcut, whose value is `code << 7`.
  ///
  /// - Parameter codes: the shortcut's 16 codes of a pixel and block.
  @inlinable @inline(__always)
  func scale(codes: UnsafeRawPointer, _ block: Int) -> SIMD16<Int32> {
    rn8_product_int16(rn8_load_codes(codes) &<< 7, multiplier[block]) &>> shift[block]
  }

  /// Scales a projection, whose value is its accumulator saturated to Int16.
  ///
  /// - Parameter accumulator: the projection's sums plus bias, shifted right by its shift.
  @inlinable @inline(__always)
  func scale(accumulator: SIMD16<Int32>, _ block: Int) -> SIMD16<Int32> {
    rn8_product_int16(saturateToInt16(accumulator), multiplier[block]) &>> shift[block]
  }
}

/// Loads a row of the parameters, such as `ParameterBlock.bias`, of each of `blocks` blocks from `block` on.
@inlinable @inline(__always)
func parameterRow<let blocks: Int>(
  _ convolution: UnsafePointer<rn8_convolution>, _ block: Int, _ row: Int
) -> InlineArray<blocks, SIMD16<Int32>> {
  let stride = convolution.pointee.parameter_stride
  let rows = UnsafeRawPointer(convolution.pointee.parameters!) + block * stride + row * ParameterBlock.rowByteCount
  var vectors = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
  for b in 0..<blocks { vectors[b] = (rows + b * stride).loadUnaligned(as: SIMD16<Int32>.self) }
  return vectors
}
