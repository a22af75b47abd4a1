/// A part of the images: the `number`-th of `count`. Every image is in one shard.
///
/// Shards are runs of the sorted list, so that each reads few folders, and their logits one after the other are those of the
/// whole. Their sizes differ by one at most, and some are empty where there are more shards than images.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// 1...`count`.
  public let number: Int
  public let count: Int

  public static let whole = Shard(number: 1, of: 1)!
  /// More shards than any scheduler has tasks.
  public static let largestCount = 100_000

  /// Nil unless 1 <= number <= count <= `largestCount`.
  public init?(number: Int, of count: Int) {
    guard 1...Self.largestCount ~= count, 1...count ~= number else { return nil }
    (self.number, self.count) = (number, count)
  }

  /// Reads "3/8". Nil for what is no shard.
  public init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else { return nil }
    self.init(number: number, of: count)
  }

  public var description: String { "\(number)/\(count)" }

  /// The indices of this shard's images among `imageCount`.
  public func range(of imageCount: Int) -> Range<Int> {
    (number - 1) * imageCount / count..<number * imageCount / count
  }
}
