import CFloatKernels

/// The part of a kernel that differs between instruction sets: how a product is added to 16 accumulators.
public protocol FloatInstructionSet {
  /// Returns `accumulator + a * b`, lane by lane.
  static func multiplyAdd(_ accumulator: SIMD16<Float>, _ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float>
}

/// The size of a tile: the accumulators that registers hold at once, `pixels` x `blocks` vectors of 16 output channels.
public enum FloatTile<let pixels: Int, let blocks: Int> {}

/// Convolves one image: `output = relu?(weights * input + bias + shortcut)`.
///
/// Pixels are the inner loop, so that the weights of a few blocks stay in the cache while all pixels pass by.
@inlinable @inline(__always)
public func convolveImage<Instructions: FloatInstructionSet, let pixels: Int, let blocks: Int>(
  _ convolution: float_convolution, _ instructions: Instructions.Type, tile: FloatTile<pixels, blocks>.Type
) {
  for group in 0..<convolution.groups {
    var block = 0
    while block + blocks <= convolution.blocks_per_group {
      convolveBlocks(convolution, group: group, block: block, instructions, tile: tile)
      block += blocks
    }
    while block < convolution.blocks_per_group {
      convolveBlocks(convolution, group: group, block: block, instructions, tile: FloatTile<pixels, 1>.self)
      block += 1
    }
  }
}

/// Convolves all pixels of `blocks` blocks of output channels.
@inlinable @inline(__always)
func convolveBlocks<Instructions: FloatInstructionSet, let pixels: Int, let blocks: Int>(
  _ convolution: float_convolution, group: Int, block: Int, _ instructions: Instructions.Type,
  tile: FloatTile<pixels, blocks>.Type
) {
  let depth = convolution.rows * convolution.columns * convolution.length
  let firstBlock = group * convolution.blocks_per_group + block
  let weights = convolution.weights + firstBlock * depth * 16
  let bias = convolution.bias + firstBlock * 16
  let input = convolution.input + group * convolution.group_stride
  let output = convolution.output + firstBlock * 16
  let shortcut = convolution.shortcut.map { $0 + firstBlock * 16 }

  let floor = SIMD16<Float>(repeating: convolution.relu ? 0 : -.infinity)
  var windows = InlineArray<pixels, UnsafePointer<Float>>(repeating: input)
  var outputOffsets = InlineArray<pixels, Int>(repeating: 0)
  var shortcutOffsets = InlineArray<pixels, Int>(repeating: 0)
  var (y, x) = (0, 0)
  while y < convolution.height {
    var filled = 0
    while filled < pixels && y < convolution.height {
      windows[filled] = input + (y * convolution.y_stride + x * convolution.x_stride)
      outputOffsets[filled] = y * convolution.output_y_stride + x * convolution.output_x_stride
      shortcutOffsets[filled] = y * convolution.shortcut_y_stride + x * convolution.output_x_stride
      filled += 1
      x += 1
      if x == convolution.width { (y, x) = (y + 1, 0) }
    }
    // The last tile may have fewer pixels than it has room for. It then computes its first pixel again in the room that
    // is left, and does not store that.
    for pixel in filled..<pixels { (windows[pixel], shortcutOffsets[pixel]) = (windows[0], shortcutOffsets[0]) }

    let first = firstSums(bias: bias, shortcut: shortcut, offsets: shortcutOffsets) as TileSums<pixels, blocks>
    let sums = accumulate(convolution, windows, from: first, weights: weights, blockStride: depth * 16, instructions)
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

/// Returns what the products of a tile are added to: the bias, and the shortcut where there is one.
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

/// Returns the sums of a tile over the whole depth. All of them stay in registers.
@inlinable @inline(__always)
func accumulate<Instructions: FloatInstructionSet, let pixels: Int, let blocks: Int>(
  _ convolution: float_convolution, _ windows: InlineArray<pixels, UnsafePointer<Float>>,
  from first: TileSums<pixels, blocks>, weights: UnsafePointer<Float>, blockStride: Int, _: Instructions.Type
) -> TileSums<pixels, blocks> {
  var sums = first
  var weights = weights
  for row in 0..<convolution.rows {
    for column in 0..<convolution.columns {
      let start = row * convolution.row_stride + column * convolution.column_stride
      for index in start..<start + convolution.length {
        var vectors = InlineArray<blocks, SIMD16<Float>>(repeating: .zero)
        for block in 0..<blocks { vectors[block] = load(weights + block * blockStride) }
        for pixel in 0..<pixels {
          let value = SIMD16<Float>(repeating: windows[pixel][index])
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
