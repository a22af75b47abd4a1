import CKernels
import ModelFormat

extension Tile {
  /// Computes output pixels `first ..< first + count` (row-major; `count` at most `rows`) of blocks
  /// `block ..< block + blocks`, which are in one group. Rows past `count` repeat the last pixel and are not stored.
  @inlinable @inline(__always)
  public static func convolve(_ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int) {
    let places = Places(first: first, count: count, width: Int(convolution.pointee.output.width))
    let stride = convolution.pointee.parameter_stride
    let parameters = UnsafeRawPointer(convolution.pointee.parameters!) + block * stride
    withSums { sums in
      if convolution.pointee.projection.weights != nil {
        let window = convolution.pointee.projection
        accumulate(sums, places.inputs(of: window, block), window, block: block)
        for b in 0..<blocks {
          let parameters = parameters + b * stride
          let bias = vector(parameters, ParameterBlock.projectionBias)
          let shift = vector(parameters, ParameterBlock.projectionShift)
          for sum in Swift.stride(from: b, to: rows * blocks, by: blocks) {
            sums[sum] = shortcut(saturateToInt16((sums[sum] &+ bias) &>> shift), parameters)
          }
        }
      } else if convolution.pointee.shortcut.codes != nil {
        for row in 0..<rows {
          let pixel = UnsafeRawPointer(places.pixel(row, of: convolution.pointee.shortcut)) + block * 16
          for b in 0..<blocks {
            let code = (pixel + b * 16).loadUnaligned(as: SIMD16<UInt8>.self)
            sums[row * blocks + b] = shortcut(SIMD16<Int32>(truncatingIfNeeded: code) &<< 7, parameters + b * stride)
          }
        }
      } else {
        for b in 0..<blocks {
          let bias = vector(parameters + b * stride, ParameterBlock.bias)
          for row in 0..<rows { sums[row * blocks + b] = bias }
        }
      }

      let window = convolution.pointee.window
      accumulate(sums, places.inputs(of: window, block), window, block: block)

      for row in 0..<rows where row < count {
        let pixel = UnsafeMutableRawPointer(places.pixel(row, of: convolution.pointee.output)) + block * 16
        for b in 0..<blocks {
          let parameters = parameters + b * stride
          Set.storeCodes(
            sums[row * blocks + b] &>> vector(parameters, ParameterBlock.shift),
            multiplier: vector(parameters, ParameterBlock.multiplier), to: pixel + b * 16)
        }
      }
    }
  }

  /// The bias, plus a shortcut's value (within Int16) brought to the scale of the accumulator.
  @inlinable @inline(__always)
  static func shortcut(_ value: SIMD16<Int32>, _ parameters: UnsafeRawPointer) -> SIMD16<Int32> {
    let product = value &* vector(parameters, ParameterBlock.shortcutMultiplier)
    return vector(parameters, ParameterBlock.bias) &+ product &>> vector(parameters, ParameterBlock.shortcutShift)
  }

  @inlinable @inline(__always)
  static func vector(_ parameters: UnsafeRawPointer, _ row: Int) -> SIMD16<Int32> {
    (parameters + row * ParameterBlock.rowBytes).loadUnaligned(as: SIMD16<Int32>.self)
  }

  /// Where a tile's pixels lie in the output.
  @usableFromInline
  struct Places {
    @usableFromInline var ys = InlineArray<rows, Int>(repeating: 0)
    @usableFromInline var xs = InlineArray<rows, Int>(repeating: 0)

    @inlinable @inline(__always)
    init(first: Int, count: Int, width: Int) {
      var y = first / width
      var x = first - y * width
      for row in 0..<rows {
        ys[row] = y
        xs[row] = x
        if row + 1 < count {
          x += 1
          if x == width {
            x = 0
            y += 1
          }
        }
      }
    }

    @inlinable @inline(__always)
    func pixel(_ row: Int, of tensor: rn8_tensor) -> UnsafeMutablePointer<UInt8> {
      tensor.codes + ys[row] * tensor.y_stride + xs[row] * tensor.x_stride
    }

    /// Where each pixel's window starts, in the group of a block.
    @inlinable @inline(__always)
    func inputs(of window: rn8_window, _ block: Int) -> InlineArray<rows, UnsafeRawPointer> {
      let first = UnsafeRawPointer(window.input!) + block / Int(window.blocks_per_group) * window.group_stride
      var inputs = InlineArray<rows, UnsafeRawPointer>(repeating: first)
      for row in 0..<rows { inputs[row] = first + ys[row] * window.y_stride + xs[row] * window.x_stride }
      return inputs
    }
  }
}
