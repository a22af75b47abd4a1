/// Places buffers in one arena so that no two that are alive at the same time overlap.
///
/// The placement is greedy, as in TensorFlow Lite Micro's planner: the largest buffer first, into the lowest gap that
/// fits (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). Largest means the most
/// bytes, or the most bytes times layers, whichever needs less memory.
public enum MemoryPlanner {
  /// Memory that is in use from layer `first` to layer `last`, both included.
  public struct Buffer: Sendable, Equatable {
    public let byteCount: Int
    public let first: Int
    public let last: Int

    public init(byteCount: Int, first: Int, last: Int) {
      self.byteCount = byteCount
      self.first = first
      self.last = last
    }

    func isAlive(with other: Buffer) -> Bool { first <= other.last && other.first <= last }
  }

  public struct Plan: Sendable, Equatable {
    /// The offset of each buffer in bytes, in the order in which the buffers were given.
    public let offsets: [Int]
    /// The size of the arena.
    public let byteCount: Int
  }

  public static func plan(_ buffers: [Buffer]) -> Plan {
    let byBytes = plan(buffers, largestFirst: \.byteCount)
    let byBytesAndLayers = plan(buffers) { $0.byteCount * ($0.last - $0.first + 1) }
    return byBytesAndLayers.byteCount < byBytes.byteCount ? byBytesAndLayers : byBytes
  }

  private static func plan(_ buffers: [Buffer], largestFirst size: (Buffer) -> Int) -> Plan {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    var byteCount = 0
    let largestFirst = buffers.indices.sorted {
      (size(buffers[$1]), buffers[$0].first, $0) < (size(buffers[$0]), buffers[$1].first, $1)
    }
    for index in largestFirst {
      let neighbours = placed.filter { buffers[$0].isAlive(with: buffers[index]) }
        .sorted { (offsets[$0], $0) < (offsets[$1], $1) }
      var offset = 0
      for neighbour in neighbours where offsets[neighbour] < offset + buffers[index].byteCount {
        offset = max(offset, offsets[neighbour] + buffers[neighbour].byteCount)
      }
      offsets[index] = offset
      byteCount = max(byteCount, offset + buffers[index].byteCount)
      placed.append(index)
    }
    return Plan(offsets: offsets, byteCount: byteCount)
  }
}
