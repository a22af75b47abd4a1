import CIntrinsics

/// The output transform of a tile and 16 channels.
@usableFromInline
enum OutputTransform<Set: InstructionSet> {
  /// - Parameters:
  ///   - columns: where the sums of each column's first point are, `offset` bytes before the channels'.
  ///   - grid: room for vectors [y][x] of 4 x 6.
  ///   - pixels: where pixel (0, 0) of 4 x 4 goes; `stride` vectors lie from a pixel to the next.
  // Not inlined: it is large. It is generic so that it is compiled for the set's processors.
  @inlinable @inline(never)
  static func transform(
    _ columns: InlineArray<6, UnsafeRawPointer>, _ offset: Int, _ positionBytes: Int, _ height: Int, _ width: Int,
    _ grid: UnsafeMutablePointer<SIMD16<Int32>>, to pixels: UnsafeMutablePointer<SIMD16<Int32>>, stride: Int
  ) {
    for x in 0..<width + 2 {
      let sums = columns[x] + offset
      switch height {
      case 4: AxisTransform<4>.column(sums, positionBytes, to: grid + x)
      case 3: AxisTransform<3>.column(sums, positionBytes, to: grid + x)
      default: AxisTransform<2>.column(sums, positionBytes, to: grid + x)
      }
    }
    for y in 0..<height {
      // Those of 3 and 2 are the same.
      let shift = height == 4 ? AxisTransform<4>.shift(y) : 1
      let inverse = height == 2 ? 1 : AxisTransform<4>.inverse
      let (row, pixels) = (grid + 6 * y, pixels + 4 * y * stride)
      switch width {
      case 4: AxisTransform<4>.row(row, shift, inverse, to: pixels, stride: stride)
      case 3: AxisTransform<3>.row(row, shift, inverse, to: pixels, stride: stride)
      default: AxisTransform<2>.row(row, shift, inverse, to: pixels, stride: stride)
      }
    }
  }
}

extension AxisTransform {
  /// Transforms a column of a tile from top to bottom.
  @inlinable @inline(__always)
  static func column(
    _ sums: UnsafeRawPointer, _ positionBytes: Int, to grid: UnsafeMutablePointer<SIMD16<Int32>>
  ) {
    var points = InlineArray<6, SIMD16<Int32>>(repeating: .zero)
    for index in 0..<length {
      points[index] = (sums + 6 * point(index) * positionBytes).loadUnaligned(as: SIMD16<Int32>.self)
    }
    let pixels = Self.sums(points)
    for y in 0..<size { grid[6 * y] = pixels[y] }
  }

  /// Transforms a row of a tile from left to right, and divides by the scales of both axes.
  @inlinable @inline(__always)
  static func row(
    _ grid: UnsafePointer<SIMD16<Int32>>, _ shiftOfRow: Int32, _ inverseOfRow: Int32,
    to pixels: UnsafeMutablePointer<SIMD16<Int32>>, stride: Int
  ) {
    var points = InlineArray<6, SIMD16<Int32>>(repeating: .zero)
    for x in 0..<length { points[x] = grid[x] }
    let sums = Self.sums(points)
    for x in 0..<size {
      pixels[x * stride] = rn8_shift_right(
        sums[x] &* (inverse &* inverseOfRow), SIMD16(repeating: shiftOfRow + shift(x)))
    }
  }
}
