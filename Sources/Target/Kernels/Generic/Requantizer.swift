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
  ///   - addends: returns the shortcut's values for a pixel, in the unit of the accumulator; zeros without shortcut.
  @inlinable @inline(__always)
  func store(
    _ sums: UnsafePointer<Vectors>, _ count: Int, to codes: UnsafeMutableRawPointer, _ stride: Int,
    adding addends: (_ row: Int) -> Vectors
  ) {
    forEachValues(sums, count, adding: addends) { row, values in
      Set.storeCodes(values, multiplier: multiplier, to: codes + row * stride)
    } ofPixels: { row, values in
      Set.storeCodes(pixels: values, multiplier: multiplier[0], to: codes + row * stride, stride)
    }
  }

  /// Requantizes `count` neighbouring pixels and stores their codes, `stride` bytes from pixel to pixel, and their
  /// remainders, `remainderStride` bytes from pixel to pixel.
  @inlinable @inline(__always)
  func store(
    _ sums: UnsafePointer<Vectors>, _ count: Int, to codes: UnsafeMutableRawPointer, _ stride: Int,
    remainders: UnsafeMutableRawPointer, _ remainderStride: Int, adding addends: (_ row: Int) -> Vectors
  ) {
    forEachValues(sums, count, adding: addends) { row, values in
      Set.storeCodes(
        values, multiplier: multiplier, to: codes + row * stride, remainders: remainders + row * remainderStride)
    } ofPixels: { row, values in
      Set.storeCodes(
        pixels: values, multiplier: multiplier[0], to: codes + row * stride, stride,
        remainders: remainders + row * remainderStride, remainderStride)
    }
  }

  /// Calls `body` with the values of each pixel, or `ofPixels` with those of four pixels at once, where that is faster.
  @inlinable @inline(__always)
  func forEachValues(
    _ sums: UnsafePointer<Vectors>, _ count: Int, adding addends: (_ row: Int) -> Vectors,
    _ body: (_ row: Int, _ values: Vectors) -> Void,
    ofPixels: (_ row: Int, _ values: InlineArray<4, SIMD16<Int32>>) -> Void
  ) {
    var row = 0
    if blocks == 1 && Set.packsPixels {
      while row + 4 <= count {
        var values = InlineArray<4, SIMD16<Int32>>(repeating: .zero)
        for i in 0..<4 { values[i] = value(sums[row + i], 0, addends(row + i)) }
        ofPixels(row, values)
        row += 4
      }
    }
    while row < count {
      let addends = addends(row)
      var values = Vectors(repeating: .zero)
      for b in 0..<blocks { values[b] = value(sums[row], b, addends) }
      body(row, values)
      row += 1
    }
  }

  @inlinable @inline(__always)
  func value(_ sums: Vectors, _ b: Int, _ addends: Vectors) -> SIMD16<Int32> {
    rn8_shift_right(sums[b] &+ bias[b] &+ addends[b], shift[b])
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
