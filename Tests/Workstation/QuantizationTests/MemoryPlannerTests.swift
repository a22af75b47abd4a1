import Quantization
import TestSupport
import Testing

@Suite struct MemoryPlannerTests {
  private typealias Buffer = MemoryPlanner.Buffer

  /// Returns the largest sum of the buffers that are alive at one layer. No plan can need less.
  private func lowerBound(_ buffers: [Buffer]) -> Int {
    let layers = (buffers.map(\.last).max() ?? 0) + 1
    return (0..<layers).map { layer in
      buffers.filter { $0.first <= layer && layer <= $0.last }.reduce(0) { $0 + $1.byteCount }
    }.max() ?? 0
  }

  private func overlaps(_ buffers: [Buffer], _ plan: MemoryPlanner.Plan) -> [(Int, Int)] {
    buffers.indices.flatMap { a in
      buffers.indices.compactMap { b in
        let together = buffers[a].first <= buffers[b].last && buffers[b].first <= buffers[a].last
        let touching =
          plan.offsets[a] < plan.offsets[b] + buffers[b].byteCount
          && plan.offsets[b] < plan.offsets[a] + buffers[a].byteCount
        return a < b && together && touching ? (a, b) : nil
      }
    }
  }

  @Test(arguments: 0..<200)
  func buffersAliveTogetherDoNotOverlap(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let buffers = (0..<Int.random(in: 1...40, using: &random)).map { _ in
      let first = Int.random(in: 0...20, using: &random)
      return Buffer(
        byteCount: Int.random(in: 0...50, using: &random) * 64, first: first,
        last: first + Int.random(in: 0...8, using: &random))
    }
    let plan = MemoryPlanner.plan(buffers)
    #expect(overlaps(buffers, plan).isEmpty)
    #expect(plan.byteCount == zip(plan.offsets, buffers).map { $0 + $1.byteCount }.max())
    #expect(plan.byteCount >= lowerBound(buffers))
    #expect(plan.offsets.allSatisfy { $0 >= 0 && $0 % 64 == 0 })
    #expect(MemoryPlanner.plan(buffers) == plan)
  }

  /// The network has no shortcuts, and each tensor is at most as large as the one before. Two are alive at a time.
  @Test(arguments: 0..<20)
  func chainNeedsNoMoreThanItsLargestPair(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let sizes = (0..<12).map { _ in Int.random(in: 1...100, using: &random) * 64 }.sorted(by: >)
    let buffers = sizes.enumerated().map { Buffer(byteCount: $1, first: $0, last: $0 + 1) }
    #expect(lowerBound(buffers) == sizes[0] + sizes[1])
    #expect(MemoryPlanner.plan(buffers).byteCount == sizes[0] + sizes[1])
  }

  /// A shortcut stays alive while the two tensors of the branch come and go.
  @Test func shortcutIsKept() {
    let buffers = [
      Buffer(byteCount: 100, first: 0, last: 3), Buffer(byteCount: 60, first: 1, last: 2),
      Buffer(byteCount: 40, first: 2, last: 3), Buffer(byteCount: 100, first: 3, last: 4),
    ]
    #expect(lowerBound(buffers) == 240)
    #expect(MemoryPlanner.plan(buffers).byteCount == 240)
  }

  /// The buffers of ResNet-20 at its first shortcut of option A, in 16 bits. By bytes alone, the second largest leaves a
  /// gap that is too small for the remainders of the output.
  @Test func longLivedBuffersFirst() {
    let buffers = [
      Buffer(byteCount: 18496, first: 0, last: 8), Buffer(byteCount: 18496, first: 6, last: 6),
      Buffer(byteCount: 16384, first: 0, last: 8), Buffer(byteCount: 10368, first: 7, last: 8),
      Buffer(byteCount: 10368, first: 8, last: 14), Buffer(byteCount: 8192, first: 8, last: 14),
    ]
    #expect(lowerBound(buffers) == 63808)
    #expect(MemoryPlanner.plan(buffers).byteCount == 63808)
  }

  @Test func nothingNeedsNothing() {
    #expect(MemoryPlanner.plan([]).byteCount == 0)
    #expect(lowerBound([]) == 0)
  }
}
