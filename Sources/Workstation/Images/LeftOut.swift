import Platform

/// The files of a folder that are no images, or whose images were not read, counted by reason.
public struct LeftOut: Sendable, Equatable, CustomStringConvertible {
  private var counts: [String: Int] = [:]

  public init() {}

  public var count: Int { counts.values.reduce(0, +) }

  /// - Parameter reason: such as "damaged", or ".txt" for files that are no pictures.
  public mutating func add(_ reason: String) { counts[reason, default: 0] += 1 }

  /// The most frequent reasons with their numbers, such as ".txt: 3; WebP: 2; damaged: 1".
  public var description: String {
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let shown = sorted.prefix(8).map { "\($0.key.printable): \($0.value)" }
    let rest = sorted.dropFirst(8).reduce(0) { $0 + $1.value }
    return (shown + (rest > 0 ? ["others: \(rest)"] : [])).joined(separator: "; ")
  }
}
