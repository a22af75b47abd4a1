import CFloatKernels

/// What differs between instruction sets: how a product is added to 16 accumulators.
public protocol FloatInstructionSet {
  /// `accumulator + a * b`, lane by lane.
  static func multiplyAdd(_ accumulator: SIMD16<Float>, _ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float>
}

/// The accumulators held in registers at once: `pixels` x `blocks` vectors of 16 output channels.
public enum FloatTile<let pixels: Int, let blocks: Int> {}

/// Convolves one image: `output = relu?(weights * input + bias + shortcut)`.
///
/// Weights of a few blocks stay in the cache while all pixels pass by.
@inlinable @inline(__always)
public func convolve<Instructions: FloatInstructionSet, let pixels: Int, let blocks: Int>(
  _ convolution: float_convolution, _ instructions: Instructions.Type, tile: FloatTile<pixels, blocks>.Type
) {
  for group in 0..<convolution.group_count {
    var block = 0
    while block + blocks <= convolution.group_blocks {
      convolve(convolution, group: group, block: block, instructions, tile: tile)
      block += blocks
    }
    while block < convolution.group_blocks {
      convolve(convolution, group: group, block: block, instructions, tile: FloatTile<pixels, 1>.self)
      block += 1
    }
  }
}

/// All pixels of `blocks` blocks of output channels.
@inlinable @inline(__always)
func convolve<Instructions: FloatInstructionSet, let pixels: Int, let blocks: Int>(
  _ convolution: float_convolution, group: Int, block: Int, _ instructions: Instructions.Type,
  tile: FloatTile<pixels, blocks>.Type
) {
  let depth = convolution.kernel_rows * convolution.kernel_columns * convolution.run_length
  let firstBlock = group * convolution.group_blocks + block
  let weights = convolution.weights + firstBlock * depth * 16
  let bias = convolution.bias + firstBlock * 16
  let input = convolution.input + group * convolution.group_input_step
  let output = convolution.output + firstBlock * 16
  let shortcut = convolution.shortcut.map { $0 + firstBlock * 16 }

  let floor = SIMD16<Float>(repeating: convolution.relu ? 0 : -.infinity)
  var taps = InlineArray<pixels, UnsafePointer<Float>>(repeating: input)
  var outputOffsets = InlineArray<pixels, Int>(repeating: 0)
  var shortcutOffsets = InlineArray<pixels, Int>(repeating: 0)
  var (y, x) = (0, 0)
  while y < convolution.output_height {
    var filled = 0
    while filled < pixels && y < convolution.output_height {
      taps[filled] = input + (y * convolution.input_row_step + x * convolution.input_pixel_step)
      outputOffsets[filled] = y * convolution.output_row_step + x * convolution.output_pixel_step
      shortcutOffsets[filled] = y * convolution.shortcut_row_step + x * convolution.output_pixel_step
      filled += 1
      x += 1
      if x == convolution.output_width { (y, x) = (y + 1, 0) }
    }
    // A last, partial tile computes its first pixel again in the lanes that it does not store.
    for pixel in filled..<pixels { (taps[pixel], shortcutOffsets[pixel]) = (taps[0], shortcutOffsets[0]) }

    let first = firstSums(bias: bias, shortcut: shortcut, offsets: shortcutOffsets) as TileSums<pixels, blocks>
    let sums = accumulate(convolution, taps, from: first, weights: weights, blockStep: depth * 16, instructions)
    for pixel in 0..<pixels where pixel < filled {
      for block in 0..<blocks {
        let sum = sums[pixel][block]
        UnsafeMutableRawPointer(output + outputOffsets[pixel] + block * 16)
          .storeBytes(of: sum.replacing(with: floor, where: sum .< floor), as: SIMD16<Float>.self)
      }
    }
  }
}

@usableFromInline
typealias TileSums<let pixels: Int, let blocks: Int> = InlineArray<pixels, InlineArray<blocks, SIMD16<Float>>>

/// What the products are added to: bias and shortcut.
@inlinable @inline(__always)
func firstSums<let pixels: Int, let blocks: Int>(
  bias: UnsafePointer<Float>, shortcut: UnsafePointer<Float>?, offsets: InlineArray<pixels, Int>
) -> TileSums<pixels, blocks> {
  var sums = TileSums<pixels, blocks>(repeating: .init(repeating: .zero))
  for pixel in 0..<pixels {
    for block in 0..<blocks { sums[pixel][block] = load(bias + block * 16) }
  }
  if let shortcut {
    for pixel in 0..<pixels {
      for block in 0..<blocks { sums[pixel][block] += load(shortcut + offsets[pixel] + block * 16) }
    }
  }
  return sums
}

/// The tile: sums over the whole depth, all in registers.
@inlinable @inline(__always)
func accumulate<Instructions: FloatInstructionSet, let pixels: Int, let blocks: Int>(
  _ convolution: float_convolution, _ taps: InlineArray<pixels, UnsafePointer<Float>>,
  from first: TileSums<pixels, blocks>, weights: UnsafePointer<Float>, blockStep: Int, _: Instructions.Type
) -> TileSums<pixels, blocks> {
  var sums = first
  var weights = weights
  for row in 0..<convolution.kernel_rows {
    for column in 0..<convolution.kernel_columns {
      let start = row * convolution.kernel_row_step + column * convolution.kernel_column_step
      for index in start..<start + convolution.run_length {
        var vectors = InlineArray<blocks, SIMD16<Float>>(repeating: .zero)
        for block in 0..<blocks { vectors[block] = load(weights + block * blockStep) }
        for pixel in 0..<pixels {
          let value = SIMD16<Float>(repeating: taps[pixel][index])
          for block in 0..<blocks {
            sums[pixel][block] = Instructions.multiplyAdd(sums[pixel][block], value, vectors[block])
          }
        }
        weights += 16
      }
    }
  }
  return sums
}

@inlinable @inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> SIMD16<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Float>.self)
}
