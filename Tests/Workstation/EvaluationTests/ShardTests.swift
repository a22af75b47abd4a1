import Evaluation
import Testing

@Suite struct ShardTests {
  @Test func everyImageIsInOneShard() {
    for imageCount in [0, 1, 2, 7, 100, 50_000] {
      for count in [1, 2, 3, 7, 64, 99, 1000, Shard.largestCount] {
        let ranges = (1...count).map { Shard(number: $0, of: count)!.range(of: imageCount) }
        #expect(ranges.first!.lowerBound == 0 && ranges.last!.upperBound == imageCount)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        let sizes = ranges.map(\.count)
        #expect(sizes.max()! - sizes.min()! <= 1)
      }
    }
  }

  @Test func text() {
    #expect(Shard("1/1") == .whole && Shard("3/8") == Shard(number: 3, of: 8))
    #expect(Shard("3/8")!.description == "3/8" && Shard("100000/100000") != nil)
    for text in ["", "1", "/", "1/", "/1", "0/4", "5/4", "-1/4", "1/0", "1/2/3", "a/b", "1/100001", "1.5/2", " 1/2"] {
      #expect(Shard(text) == nil, "\(text)")
    }
  }
}
