import CKernels

/// Splits the blocks of a group into chunks. A chunk is the blocks of one tile.
///
/// Chunks of `widest` blocks come first. What remains is a chunk of 2 blocks, a chunk of 1 block, or both.
public struct Schedule {
  public let blocksPerGroup: Int
  @usableFromInline let widest: Int

  @inlinable @inline(__always)
  public init(blocksPerGroup: Int, widest: Int) {
    self.blocksPerGroup = blocksPerGroup
    self.widest = widest
  }

  /// The number of chunks that a group's blocks are split into.
  @inlinable @inline(__always)
  public var chunksPerGroup: Int {
    let remainder = blocksPerGroup % widest
    return blocksPerGroup / widest + (remainder & 2) / 2 + (remainder & 1)
  }

  /// Returns the first block of a chunk, counted within the group, and its number of blocks.
  @inlinable @inline(__always)
  public func chunk(_ index: Int) -> (block: Int, blocks: Int) {
    let full = blocksPerGroup / widest
    if index < full { return (index * widest, widest) }
    if index == full && blocksPerGroup % widest >= 2 { return (full * widest, 2) }
    return (blocksPerGroup - 1, 1)
  }
}

/// Calls `body` for each chunk of a convolution's output channels that a worker has a share in.
///
/// Where the convolution has less than 1 MiB of weights, each worker takes a part of the pixels of all chunks. So it
/// mostly reads what it wrote itself in the layer before. Larger weights are too many for each core to read all of
/// them. Then, or where there are fewer pixels than workers, each worker takes consecutive (chunk, pixel) positions.
/// docs/tried.md has the measurements.
///
/// - Parameters:
///   - widest: the largest number of blocks of a chunk: 1, 2 or 4.
///   - count: the number of output pixels, or of tiles of them, whichever the caller divides.
///   - body: takes the chunk's first block, its number of blocks, and the worker's share: a range of `0 ..< count`.
@inlinable @inline(__always)
public func forEachShare(
  _ convolution: UnsafePointer<rn8_convolution>, widest: Int, count: Int, worker: Int, of workerCount: Int,
  _ body: (_ block: Int, _ blocks: Int, _ share: Range<Int>) -> Void
) {
  let window = convolution.pointee.window
  let blockCount = Int(convolution.pointee.output.channels) / 16
  let schedule = Schedule(blocksPerGroup: Int(window.blocks_per_group), widest: widest)
  let chunks = blockCount / schedule.blocksPerGroup * schedule.chunksPerGroup
  let byPixels = blockCount * window.blockBytes < 1 << 20 && count >= workerCount
  let positions = share(chunks * count, worker: worker, of: workerCount)
  for chunk in 0..<chunks {
    var mine: Range<Int>
    if byPixels {
      // Bounds move from chunk to chunk, so that the pixels that do not divide evenly go to other workers in turn.
      let turn = chunk % workerCount
      let start = worker == 0 ? 0 : (count * worker + turn) / workerCount
      mine = start..<(worker + 1 == workerCount ? count : (count * (worker + 1) + turn) / workerCount)
    } else {
      mine = positions.clamped(to: chunk * count..<(chunk + 1) * count)
      mine = mine.lowerBound - chunk * count..<mine.upperBound - chunk * count
    }
    if mine.isEmpty { continue }
    let (group, index) = chunk.quotientAndRemainder(dividingBy: schedule.chunksPerGroup)
    let (block, blocks) = schedule.chunk(index)
    body(group * schedule.blocksPerGroup + block, blocks, mine)
  }
}

/// Returns the part of `0 ..< count` that is `worker`'s. Parts differ in length by at most one; the longer ones come
/// first.
@inlinable @inline(__always)
public func share(_ count: Int, worker: Int, of workerCount: Int) -> Range<Int> {
  let (part, rest) = count.quotientAndRemainder(dividingBy: workerCount)
  let start = part * worker + min(worker, rest)
  return start..<start + part + (worker < rest ? 1 : 0)
}
