import CKernels
import ModelFormat

/// `rows` output pixels by `blocks` blocks of 16 output channels, held in registers while the window is walked:
///
/// ```
///             weights, 16 channels a vector
///               w0    w1    w2    w3          for each 4 bytes of the window:
/// pixel 0  a0  acc   acc   acc   acc          load `blocks` weight vectors,
/// pixel 1  a1  acc   acc   acc   acc          for each pixel broadcast 4 bytes
///  ...                                        and issue `blocks` dot products
/// pixel 5  a5  acc   acc   acc   acc
/// ```
public enum Tile<Set: InstructionSet, let rows: Int, let blocks: Int> {
  @usableFromInline typealias Accumulators = InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>

  /// Computes pixels `first ..< first + count` (row-major over the output; `count` at most `rows`) of blocks
  /// `block ..< block + blocks`, which are in one group. Rows past `count` repeat the last pixel and are not stored.
  @inlinable @inline(__always)
  public static func convolve(_ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int) {
    let width = Int(convolution.pointee.output.width)
    var ys = InlineArray<rows, Int>(repeating: 0)
    var xs = InlineArray<rows, Int>(repeating: 0)
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

    let stride = convolution.pointee.parameter_stride
    let parameters = UnsafeRawPointer(convolution.pointee.parameters!) + block * stride
    var memory = Accumulators(repeating: InlineArray(repeating: .zero))
    withUnsafeMutableBytes(of: &memory) { bytes in
      let sums = bytes.baseAddress!.assumingMemoryBound(to: SIMD16<Int32>.self)
      if convolution.pointee.projection.weights != nil {
        accumulate(sums, convolution.pointee.projection, ys, xs, block)
        for b in 0..<blocks {
          let parameters = parameters + b * stride
          let (bias, shift) = (
            vector(parameters, ParameterBlock.projectionBias), vector(parameters, ParameterBlock.projectionShift)
          )
          for row in 0..<rows {
            sums[row * blocks + b] = shortcut(saturateToInt16((sums[row * blocks + b] &+ bias) &>> shift), parameters)
          }
        }
      } else if let codes = convolution.pointee.shortcut.codes {
        let tensor = convolution.pointee.shortcut
        for row in 0..<rows {
          let pixel = UnsafeRawPointer(codes) + ys[row] * tensor.y_stride + xs[row] * tensor.x_stride + block * 16
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

      accumulate(sums, convolution.pointee.window, ys, xs, block)

      let output = convolution.pointee.output
      for row in 0..<rows where row < count {
        let pixel = UnsafeMutableRawPointer(output.codes!) + ys[row] * output.y_stride + xs[row] * output.x_stride
        for b in 0..<blocks {
          let parameters = parameters + b * stride
          Set.storeCodes(
            sums[row * blocks + b] &>> vector(parameters, ParameterBlock.shift),
            multiplier: vector(parameters, ParameterBlock.multiplier),
            to: pixel + (block + b) * 16)
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

  /// Adds the window of each pixel times the weights of each block.
  @inlinable @inline(__always)
  static func accumulate(
    _ sums: UnsafeMutablePointer<SIMD16<Int32>>, _ window: rn8_window, _ ys: InlineArray<rows, Int>,
    _ xs: InlineArray<rows, Int>,
    _ block: Int
  ) {
    let group = block / Int(window.blocks_per_group)
    let input = UnsafeRawPointer(window.input!) + group * window.group_stride
    var pixels = InlineArray<rows, UnsafeRawPointer>(repeating: input)
    for row in 0..<rows { pixels[row] = input + ys[row] * window.y_stride + xs[row] * window.x_stride }

    let blockBytes = Int(window.rows) * Int(window.columns) * Int(window.length) * 16
    accumulate(
      sums, pixels, rows: Int(window.rows), rowStride: window.row_stride, columns: Int(window.columns),
      columnStride: window.column_stride, length: Int(window.length),
      weights: UnsafeRawPointer(window.weights!) + block * blockBytes, blockBytes: blockBytes)
  }

  /// The walk: `rows` x `columns` segments of `length` bytes from each pixel's pointer on.
  @inlinable @inline(__always)
  static func accumulate(
    _ memory: UnsafeMutablePointer<SIMD16<Int32>>, _ pixels: InlineArray<rows, UnsafeRawPointer>, rows segmentRows: Int,
    rowStride: Int,
    columns: Int, columnStride: Int, length: Int, weights first: UnsafeRawPointer, blockBytes: Int
  ) {
    var sums = InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>(repeating: InlineArray(repeating: .zero))
    for row in 0..<rows {
      for b in 0..<blocks { sums[row][b] = memory[row * blocks + b] }
    }
    var weights = first
    var segmentRow = 0
    while segmentRow < segmentRows {
      var column = 0
      while column < columns {
        var offset = segmentRow * rowStride + column * columnStride
        let end = offset + length
        while offset < end {
          var vectors = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
          for b in 0..<blocks { vectors[b] = (weights + b * blockBytes).loadUnaligned(as: SIMD16<Int32>.self) }
          for row in 0..<rows {
            let activations = SIMD16<Int32>(repeating: (pixels[row] + offset).loadUnaligned(as: Int32.self))
            for b in 0..<blocks { sums[row][b] = Set.dot(sums[row][b], activations, vectors[b]) }
          }
          offset += 4
          weights += 64
        }
        column += 1
      }
      segmentRow += 1
    }
    for row in 0..<rows {
      for b in 0..<blocks { memory[row * blocks + b] = sums[row][b] }
    }
  }

  @inlinable @inline(__always)
  static func vector(_ parameters: UnsafeRawPointer, _ row: Int) -> SIMD16<Int32> {
    (parameters + row * 64).loadUnaligned(as: SIMD16<Int32>.self)
  }
}
