import Platform

extension ShardSums {
  /// Adds up the sums of all shards, in any order. The result is that of the whole.
  ///
  /// - Parameter parts: at least one, with the paths of their files for messages.
  /// - Throws: `EvaluationError` where the shards are not of one subject and one division, where one is there twice, and
  ///   where one is missing.
  public static func merged(_ shards: [(path: String, sums: ShardSums)]) throws(EvaluationError) -> ShardSums {
    let first = shards[0]
    var sums = EvaluationSums()
    var classNames: [Int: String] = [:]
    var paths: [Int: String] = [:]
    for (path, shard) in shards {
      try shard.requireOneWhole(with: first.sums, path, first.path)
      if let former = paths.updateValue(path, forKey: shard.shard.number) {
        throw EvaluationError("\(path): shard \(shard.shard), as \(former) is; give each shard once")
      }
      sums += shard.sums
      classNames.merge(shard.classNames) { former, _ in former }
    }
    let missing = (1...first.sums.shard.count).filter { paths[$0] == nil }
    guard missing.isEmpty else { throw EvaluationError(Self.sentence(missing, of: first.sums.shard.count)) }
    return ShardSums(subject: first.sums.subject, shard: .whole, sums: sums, classNames: classNames)
  }

  /// Throws where both are not shards of one whole.
  private func requireOneWhole(with other: ShardSums, _ path: String, _ otherPath: String) throws(EvaluationError) {
    let (own, others) = (subject, other.subject)
    let differences: [(isEqual: Bool, what: String, remedy: String)] = [
      (
        own.version == others.version, "written by another version of resnet-int8 (\(own.version.printable))",
        "one version"
      ),
      (own.model == others.model && own.outputCount == others.outputCount, "of another model", "one model"),
      (
        own.checkpoint == others.checkpoint,
        own.checkpoint == nil
          ? "without a checkpoint" : others.checkpoint == nil ? "with a checkpoint" : "of another checkpoint",
        "one --checkpoint, and the same options about its network"
      ),
      (
        own.images == others.images && own.imageCount == others.imageCount, "of other images",
        "the same --images and --samples"
      ),
      (own.pixelLimit == others.pixelLimit, "with another --pixel-limit (\(own.pixelLimit))", "one --pixel-limit"),
      (shard.count == other.shard.count, "one of \(shard.count) shards, not of \(other.shard.count)", "one division"),
    ]
    if let difference = differences.first(where: { !$0.isEqual }) {
      throw EvaluationError(
        "\(path): \(difference.what), beside \(otherPath); evaluate all shards with \(difference.remedy)")
    }
  }

  private static func sentence(_ missing: [Int], of count: Int) -> String {
    let named = missing.prefix(10).map { "\($0)/\(count)" }.joined(separator: ", ")
    let rest = missing.count > 10 ? " and \(missing.count - 10) more" : ""
    return "no file has shard \(named)\(rest); give the files of all \(count) shards: evaluate --shard "
      + "\(missing[0])/\(count) --sums FILE writes the first that is missing"
  }
}
