extension Image {
  /// Resizes the image to the same bytes as Pillow's `resize((width, height), BILINEAR)`.
  ///
  /// The filter is a triangle that is widened by the reduction, so that shrinking does not alias. It runs along rows
  /// and along columns, and each of the two passes rounds to 8 bits.
  public func resized(width: Int, height: Int) -> Image {
    resampled(
      Axis(from: self.width, to: width, window: 0..<width), Axis(from: self.height, to: height, window: 0..<height))
  }

  /// Resizes the image as torchvision's `Resize(side)`: the shorter side becomes `side`, and the longer one
  /// keeps its proportion, rounded down.
  public func resizedShorterSide(to side: Int) -> Image {
    let size = sizeWithShorterSide(side)
    return resized(width: size.width, height: size.height)
  }

  func sizeWithShorterSide(_ side: Int) -> (width: Int, height: Int) {
    let long = Int(Double(side * max(width, height)) / Double(min(width, height)))
    return width <= height ? (side, long) : (long, side)
  }

  /// Returns the pixels of `horizontal.window` x `vertical.window` of the resized image.
  ///
  /// Each pass rounds, so the order of the passes shows in the bytes. Pillow 13 resamples along columns first where the
  /// height shrinks by more than twice as many pixels as the width. (Both orders were compared with Pillow 13.0.0 on
  /// 5,908 random sizes, without exception.) Earlier versions always resample along rows first. Where both sides are
  /// scaled in proportion, the versions differ only for images that are more than twice as tall as wide.
  func resampled(_ horizontal: Axis, _ vertical: Axis) -> Image {
    let (narrower, lower) = (width - horizontal.outputSize, height - vertical.outputSize)
    if lower > 0 && lower > 2 * narrower {
      return resampleColumns(vertical, firstRow: 0).resampleRows(0..<vertical.taps.count, horizontal)
    }
    return resampleRows(vertical.inputs, horizontal).resampleColumns(vertical, firstRow: vertical.inputs.lowerBound)
  }

  private func resampleRows(_ rows: Range<Int>, _ axis: Axis) -> Image {
    let byteCount = rows.count * axis.taps.count * channels
    let resampled = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      pixels.withUnsafeBufferPointer { pixels in
        axis.weights.withUnsafeBufferPointer { weights in
          var o = 0
          for y in rows {
            let row = y * width * channels
            for taps in axis.taps {
              let start = row + taps.first * channels
              if channels == 3 {
                var (r, g, b) = (half, half, half)
                for t in 0..<taps.count {
                  let weight = weights[taps.weights &+ t]
                  let i = start &+ 3 &* t
                  r &+= Int32(pixels[i]) &* weight
                  g &+= Int32(pixels[i &+ 1]) &* weight
                  b &+= Int32(pixels[i &+ 2]) &* weight
                }
                output[o] = rounded(r)
                output[o &+ 1] = rounded(g)
                output[o &+ 2] = rounded(b)
              } else {
                var sum = half
                for t in 0..<taps.count { sum &+= Int32(pixels[start &+ t]) &* weights[taps.weights &+ t] }
                output[o] = rounded(sum)
              }
              o &+= channels
            }
          }
        }
      }
      count = byteCount
    }
    return Image(width: axis.taps.count, height: rows.count, channels: channels, pixels: resampled)
  }

  /// Resamples along columns. Row 0 of `self` is row `firstRow` of the image whose rows `axis` counts.
  private func resampleColumns(_ axis: Axis, firstRow: Int) -> Image {
    let rowSize = width * channels
    let byteCount = axis.taps.count * rowSize
    let resampled = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
      pixels.withUnsafeBufferPointer { pixels in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: rowSize) { sums in
          var o = 0
          for taps in axis.taps {
            sums.update(repeating: half)
            for t in 0..<taps.count {
              let weight = axis.weights[taps.weights + t]
              let start = (taps.first + t - firstRow) * rowSize
              for x in 0..<rowSize { sums[x] &+= Int32(pixels[start &+ x]) &* weight }
            }
            for x in 0..<rowSize { output[o &+ x] = rounded(sums[x]) }
            o += rowSize
          }
        }
      }
      count = byteCount
    }
    return Image(width: width, height: axis.taps.count, channels: channels, pixels: resampled)
  }
}

/// The fractional bits of a weight: 32, less 8 for the pixel, less 2 that Pillow keeps for filters with negative lobes.
private let precisionBits: Int32 = 22
private let half: Int32 = 1 << (precisionBits - 1)

/// Removes the fractional bits of a sum. Weights are not negative, and they sum to 1 up to their own rounding, so a sum
/// may pass 255 but is never negative.
@inline(__always) private func rounded(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> precisionBits) }

/// The filter along one side: for each output coordinate of a window, the inputs that it reads and their weights.
///
/// It follows Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` (libImaging/Resample.c) operation for operation,
/// since a weight that differs in its last bit gives other bytes. Along a side that keeps its size, each output has a
/// weight of exactly 1 for its own input and 0 beside it. That gives the bytes of Pillow, which skips such a side.
struct Axis {
  struct Taps {
    /// The first input coordinate.
    let first: Int
    let count: Int
    /// The index of the first weight in `weights`.
    let weights: Int
  }
  private(set) var taps: [Taps] = []
  private(set) var weights: [Int32] = []
  /// The size of the whole side, whatever the window.
  let outputSize: Int
  /// All input coordinates that are read.
  let inputs: Range<Int>

  init(from inputSize: Int, to outputSize: Int, window: Range<Int>) {
    precondition(inputSize > 0 && window.lowerBound >= 0 && window.upperBound <= outputSize && !window.isEmpty)
    self.outputSize = outputSize
    let scale = Double(inputSize) / Double(outputSize)
    let support = max(scale, 1)
    let inverse = 1 / support
    for coordinate in window {
      let center = (Double(coordinate) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = min(inputSize, Int(center + support + 0.5))
      let triangle = (first..<end).map { max(0, 1 - abs((Double($0) - center + 0.5) * inverse)) }
      let sum = triangle.reduce(0, +)
      taps.append(Taps(first: first, count: end - first, weights: weights.count))
      weights += triangle.map { Int32(0.5 + $0 / sum * Double(1 << precisionBits)) }
    }
    inputs = taps.first!.first..<(taps.last!.first + taps.last!.count)
  }
}
