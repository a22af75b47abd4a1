import CKernels

/// Neighbouring pixels of an output row, and `blocks` blocks of their channels.
public enum PixelRun<Set: InstructionSet, let blocks: Int> {
  public typealias Vectors = InlineArray<blocks, SIMD16<Int32>>

  /// Adds the shortcut to the sums of `count` pixels from (y, x) on, requantizes them, and stores the codes and the remainders.
  ///
  /// - Parameters:
  ///   - sums: the convolution's sums, `[pixel][block]`.
  ///   - projected: the projection's sums, `[pixel][block]`; nil where the shortcut is not a projection.
  // Not inlined: the eight ways to do it are half of a set's code, and all tiles of as many blocks share them.
  @inlinable @inline(never)
  public static func store(
    _ sums: UnsafePointer<Vectors>, _ projected: UnsafePointer<Vectors>?, _ count: Int,
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, _ y: Int, _ x: Int
  ) {
    let shortcut = convolution.pointee.shortcut
    if let projected {
      store(sums, ProjectedShortcut(projected, convolution, block: block), count, convolution, block: block, y, x)
    } else if shortcut.remainders != nil {
      let identity = IdentityShortcut<blocks>(convolution, block: block)
      store(sums, FineIdentityShortcut<Set, blocks>(identity), count, convolution, block: block, y, x)
    } else if shortcut.codes != nil {
      store(sums, IdentityShortcut(convolution, block: block), count, convolution, block: block, y, x)
    } else {
      store(sums, NoShortcut(), count, convolution, block: block, y, x)
    }
  }

  @inlinable @inline(__always)
  static func store<Added: Shortcut>(
    _ sums: UnsafePointer<Vectors>, _ shortcut: Added, _ count: Int, _ convolution: UnsafePointer<rn8_convolution>,
    block: Int, _ y: Int, _ x: Int
  ) where Added.Vectors == Vectors {
    let requantizer = Requantizer<Set, blocks>(convolution, block: block)
    let output = convolution.pointee.output
    let codes = output.pixel(y, x) + block * 16
    if output.remainders == nil {
      requantizer.store(sums, count, to: codes, output.x_stride) { shortcut.addends($0, y, x) }
    } else {
      requantizer.store(
        sums, count, to: codes, output.x_stride, remainders: output.remainders(y, x) + block * 16,
        Int(output.channels)
      ) { shortcut.addends($0, y, x) }
    }
  }
}
