import CIntrinsics
import CKernels
import ModelFormat

/// From accumulators to codes, for `blocks` blocks of 16 channels whose parameters it holds in registers.
@usableFromInline
struct Requantizer<Set: InstructionSet, let blocks: Int> {
  @usableFromInline typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  @usableFromInline let bias, shift, multiplier: Vectors

  @inlinable @inline(__always)
  init(_ convolution: UnsafePointer<rn8_convolution>, block: Int) {
    bias = parameters(convolution, block, ParameterBlock.bias)
    shift = parameters(convolution, block, ParameterBlock.shift)
    multiplier = parameters(convolution, block, ParameterBlock.multiplier)
  }

  @inlinable @inline(__always)
  func store(_ sums: Vectors, adding addend: (_ block: Int) -> SIMD16<Int32>, to codes: UnsafeMutablePointer<UInt8>) {
    var values = Vectors(repeating: .zero)
    for b in 0..<blocks { values[b] = (sums[b] &+ bias[b] &+ addend(b)) &>> shift[b] }
    Set.storeCodes(values, multiplier: multiplier, to: codes)
  }
}

/// From a shortcut's values, within Int16, to the scale of the accumulator.
@usableFromInline
struct ShortcutScale<let blocks: Int> {
  @usableFromInline typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  @usableFromInline let multiplier, shift: Vectors

  @inlinable @inline(__always)
  init(_ convolution: UnsafePointer<rn8_convolution>, block: Int) {
    multiplier = parameters(convolution, block, ParameterBlock.shortcutMultiplier)
    shift = parameters(convolution, block, ParameterBlock.shortcutShift)
  }

  /// - Parameter codes: 16 of the shortcut.
  @inlinable @inline(__always)
  func scale(codes: UnsafeRawPointer, _ block: Int) -> SIMD16<Int32> {
    rn8_product_int16(rn8_load_codes(codes) &<< 7, multiplier[block]) &>> shift[block]
  }

  /// - Parameter accumulator: of the projection, shifted.
  @inlinable @inline(__always)
  func scale(accumulator: SIMD16<Int32>, _ block: Int) -> SIMD16<Int32> {
    rn8_product_int16(saturateToInt16(accumulator), multiplier[block]) &>> shift[block]
  }
}

/// A row of the parameters of each block.
@inlinable @inline(__always)
func parameters<let blocks: Int>(
  _ convolution: UnsafePointer<rn8_convolution>, _ block: Int, _ row: Int
) -> InlineArray<blocks, SIMD16<Int32>> {
  let stride = convolution.pointee.parameter_stride
  let rows = UnsafeRawPointer(convolution.pointee.parameters!) + block * stride + row * ParameterBlock.rowBytes
  var vectors = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
  for b in 0..<blocks { vectors[b] = (rows + b * stride).loadUnaligned(as: SIMD16<Int32>.self) }
  return vectors
}
