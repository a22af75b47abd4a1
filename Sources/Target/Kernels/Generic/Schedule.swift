import CKernels

/// How an operation's output falls into tiles, and which of them are a worker's.
public struct Schedule {
  /// Blocks of a tile's full width come first, then the remainder in tiles of 2 and 1.
  public let blocksPerGroup: Int
  @usableFromInline let widest: Int

  @inlinable @inline(__always)
  public init(blocksPerGroup: Int, widest: Int) {
    self.blocksPerGroup = blocksPerGroup
    self.widest = widest
  }

  /// Tiles side by side that cover a group's blocks.
  @inlinable @inline(__always)
  public var chunksPerGroup: Int {
    let remainder = blocksPerGroup % widest
    return blocksPerGroup / widest + (remainder & 2) / 2 + (remainder & 1)
  }

  /// First block within the group, and number of blocks, of a chunk.
  @inlinable @inline(__always)
  public func chunk(_ index: Int) -> (block: Int, blocks: Int) {
    let full = blocksPerGroup / widest
    if index < full { return (index * widest, widest) }
    if index == full && blocksPerGroup % widest >= 2 { return (full * widest, 2) }
    return (blocksPerGroup - 1, 1)
  }
}

/// Calls `body` with the chunks of channels of a convolution that a worker has a share in, at most `widest` blocks each, and
/// the share: a range of `0 ..< count` pixels or tiles of them.
///
/// Each worker takes a part of the pixels of all chunks, so that it mostly reads what it wrote itself in the layer before.
/// Where all weights are too many for each core to read, workers take consecutive (chunk, pixel) positions. docs/kernels.md
/// has the measurements.
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
      // What does not divide evenly falls to other workers in the next chunk.
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

/// The part of `0 ..< count` that is `worker`'s: parts differ by at most one, the larger ones first.
@inlinable @inline(__always)
public func share(_ count: Int, worker: Int, of workerCount: Int) -> Range<Int> {
  let (part, rest) = count.quotientAndRemainder(dividingBy: workerCount)
  let start = part * worker + min(worker, rest)
  return start..<start + part + (worker < rest ? 1 : 0)
}
