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
    let window = convolution.pointee.window
    let bias = vectors(parameters, stride, ParameterBlock.bias)
    withSums { sums in
      multiply(places.inputs(of: window, block), window, block: block, to: sums)
      if convolution.pointee.projection.weights != nil {
        let projection = convolution.pointee.projection
        withSums { projected in
          multiply(places.inputs(of: projection, block), projection, block: block, to: projected)
          store(sums, convolution, places, count, block) { row, b in
            let accumulator = projected[row][b] &+ vector(parameters + b * stride, ParameterBlock.projectionBias)
            let value = accumulator &>> vector(parameters + b * stride, ParameterBlock.projectionShift)
            return bias[b] &+ scaled(saturateToInt16(value), parameters + b * stride)
          }
        }
      } else if convolution.pointee.shortcut.codes != nil {
        let shortcut = convolution.pointee.shortcut
        store(sums, convolution, places, count, block) { row, b in
          let pixel = UnsafeRawPointer(places.pixel(row, of: shortcut))
          let code = (pixel + (block + b) * 16).loadUnaligned(as: SIMD16<UInt8>.self)
          return bias[b] &+ scaled(SIMD16<Int32>(truncatingIfNeeded: code) &<< 7, parameters + b * stride)
        }
      } else {
        store(sums, convolution, places, count, block) { _, b in bias[b] }
      }
    }
  }

  /// Requantizes the sums, each with an addend for its row and block, into the output.
  @inlinable @inline(__always)
  static func store(
    _ sums: Sums, _ convolution: UnsafePointer<rn8_convolution>, _ places: Places, _ count: Int, _ block: Int,
    addend: (_ row: Int, _ block: Int) -> SIMD16<Int32>
  ) {
    let stride = convolution.pointee.parameter_stride
    let parameters = UnsafeRawPointer(convolution.pointee.parameters!) + block * stride
    let shift = vectors(parameters, stride, ParameterBlock.shift)
    let multiplier = vectors(parameters, stride, ParameterBlock.multiplier)
    let output = convolution.pointee.output
    for row in 0..<rows where row < count {
      var values = Vectors(repeating: .zero)
      for b in 0..<blocks { values[b] = (sums[row][b] &+ addend(row, b)) &>> shift[b] }
      Set.storeCodes(values, multiplier: multiplier, to: places.pixel(row, of: output) + block * 16)
    }
  }

  /// A shortcut's value, within Int16, at the scale of the accumulator.
  @inlinable @inline(__always)
  static func scaled(_ value: SIMD16<Int32>, _ parameters: UnsafeRawPointer) -> SIMD16<Int32> {
    (value &* vector(parameters, ParameterBlock.shortcutMultiplier))
      &>> vector(parameters, ParameterBlock.shortcutShift)
  }

  /// A row of the parameters of each block.
  @inlinable @inline(__always)
  static func vectors(_ parameters: UnsafeRawPointer, _ stride: Int, _ row: Int) -> Vectors {
    var vectors = Vectors(repeating: .zero)
    for b in 0..<blocks { vectors[b] = vector(parameters + b * stride, row) }
    return vectors
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
