import CIntrinsics
import CKernels
import ModelFormat

/// What a convolution adds to its accumulators.
@usableFromInline
protocol Shortcut {
  /// One vector for each block of a tile.
  associatedtype Vectors
  /// Returns what is added to a pixel of a run, in the unit of the accumulator.
  ///
  /// - Parameters:
  ///   - index: the pixel's number in the run.
  ///   - y, x: the run's first pixel.
  func addends(_ index: Int, _ y: Int, _ x: Int) -> Vectors
}

@usableFromInline
struct NoShortcut<let blocks: Int>: Shortcut {
  @inlinable @inline(__always)
  init() {}

  @inlinable @inline(__always)
  func addends(_ index: Int, _ y: Int, _ x: Int) -> InlineArray<blocks, SIMD16<Int32>> {
    InlineArray(repeating: .zero)
  }
}

/// An identity shortcut without remainders, whose value is `code << 7`.
@usableFromInline
struct IdentityShortcut<let blocks: Int>: Shortcut {
  @usableFromInline let scale: ShortcutScale<blocks>
  @usableFromInline let tensor: rn8_tensor
  @usableFromInline let block: Int

  @inlinable @inline(__always)
  init(_ convolution: UnsafePointer<rn8_convolution>, block: Int) {
    scale = ShortcutScale(convolution, block: block)
    tensor = convolution.pointee.shortcut
    self.block = block
  }

  /// Returns the codes that are added to a pixel of a run.
  @inlinable @inline(__always)
  func codes(_ index: Int, _ y: Int, _ x: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(tensor.pixel(y, x)) + index * tensor.x_stride + block * 16
  }

  @inlinable @inline(__always)
  func addends(_ index: Int, _ y: Int, _ x: Int) -> InlineArray<blocks, SIMD16<Int32>> {
    let codes = codes(index, y, x)
    var addends = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
    for b in 0..<blocks { addends[b] = scale.scale(rn8_load_codes(codes + b * 16) &<< 7, b) }
    return addends
  }
}

/// An identity shortcut with remainders, whose value is `256 * code + remainder - 2^15`.
@usableFromInline
struct FineIdentityShortcut<Set: InstructionSet, let blocks: Int>: Shortcut {
  @usableFromInline let identity: IdentityShortcut<blocks>

  @inlinable @inline(__always)
  init(_ identity: IdentityShortcut<blocks>) { self.identity = identity }

  @inlinable @inline(__always)
  func addends(_ index: Int, _ y: Int, _ x: Int) -> InlineArray<blocks, SIMD16<Int32>> {
    let (tensor, scale) = (identity.tensor, identity.scale)
    let remainders = UnsafeRawPointer(tensor.remainders(y, x)) + index * Int(tensor.channels) + identity.block * 16
    var addends = Set.products(ofCodes: identity.codes(index, y, x), remainders: remainders, scale.multiplier)
    for b in 0..<blocks { addends[b] = rn8_shift_right(addends[b], scale.shift[b]) }
    return addends
  }
}

/// A projection, whose value is its accumulator, brought to 16 bits.
@usableFromInline
struct ProjectedShortcut<let blocks: Int>: Shortcut {
  @usableFromInline typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  @usableFromInline let scale: ShortcutScale<blocks>
  @usableFromInline let bias, shift: Vectors
  @usableFromInline let sums: UnsafePointer<Vectors>

  /// - Parameter sums: the projection's sums of the run, `[pixel][block]`.
  @inlinable @inline(__always)
  init(_ sums: UnsafePointer<Vectors>, _ convolution: UnsafePointer<rn8_convolution>, block: Int) {
    scale = ShortcutScale(convolution, block: block)
    bias = parameterRow(convolution, block, ParameterBlock.projectionBias)
    shift = parameterRow(convolution, block, ParameterBlock.projectionShift)
    self.sums = sums
  }

  @inlinable @inline(__always)
  func addends(_ index: Int, _ y: Int, _ x: Int) -> Vectors {
    var addends = Vectors(repeating: .zero)
    for b in 0..<blocks {
      addends[b] = scale.scale(saturateToInt16(rn8_shift_right(sums[index][b] &+ bias[b], shift[b])), b)
    }
    return addends
  }
}

/// Brings a shortcut's values, which fit in Int16, to the unit of the accumulator: `(value * multiplier) >> shift`.
@usableFromInline
struct ShortcutScale<let blocks: Int> {
  @usableFromInline let multiplier, shift: InlineArray<blocks, SIMD16<Int32>>

  @inlinable @inline(__always)
  init(_ convolution: UnsafePointer<rn8_convolution>, block: Int) {
    multiplier = parameterRow(convolution, block, ParameterBlock.shortcutMultiplier)
    shift = parameterRow(convolution, block, ParameterBlock.shortcutShift)
  }

  @inlinable @inline(__always)
  func scale(_ value: SIMD16<Int32>, _ block: Int) -> SIMD16<Int32> {
    rn8_shift_right(rn8_product_int16(value, multiplier[block]), shift[block])
  }
}
