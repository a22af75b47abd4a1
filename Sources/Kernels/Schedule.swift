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

/// The part of `0 ..< count` that is `worker`'s: parts differ by at most one, the larger ones first.
@inlinable @inline(__always)
public func share(_ count: Int, worker: Int, of workerCount: Int) -> Range<Int> {
  let (part, rest) = count.quotientAndRemainder(dividingBy: workerCount)
  let start = part * worker + min(worker, rest)
  return start..<start + part + (worker < rest ? 1 : 0)
}
