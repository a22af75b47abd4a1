import Platform

extension ShardSums {
  static let format = "resnet-int8 evaluation sums"
  static let formatVersion = 1

  /// The sums as JSON, a member a line and a class a line. Equal sums give equal bytes.
  public var json: String {
    let checkpoint = subject.checkpoint.map { Self.quoted($0.hexadecimal) } ?? "null"
    let members = [
      "\"format\": \(Self.quoted(Self.format))", "\"version\": \(Self.formatVersion)",
      "\"program\": \(Self.quoted(subject.version))", "\"shard\": \(shard.number)", "\"shards\": \(shard.count)",
      "\"model\": \(Self.quoted(subject.model.hexadecimal))", "\"outputs\": \(subject.outputCount)",
      "\"checkpoint\": \(checkpoint)", "\"images\": \(Self.quoted(subject.images.hexadecimal))",
      "\"image_count\": \(subject.imageCount)", "\"pixel_limit\": \(subject.pixelLimit)",
      "\"read\": \(sums.imageCount)", "\"skipped\": \(sums.skippedCount)", "\"same_class\": \(sums.sameClass)",
      "\"int8_top5\": \(sums.int8TopFive)", "\"float_top5\": \(sums.floatTopFive)",
      "\"signal\": \(Self.quoted("\(sums.ratio.signal)"))", "\"noise\": \(Self.quoted("\(sums.ratio.noise)"))",
    ]
    let classes = sums.classes.sorted { $0.key < $1.key }.map { index, counts in
      "{\"index\": \(index), \"name\": \(Self.quoted(classNames[index]!)), \"images\": \(counts.imageCount), "
        + "\"int8\": \(counts.int8Correct), \"float\": \(counts.floatCorrect)}"
    }
    return "{\n" + members.map { "\($0),\n" }.joined() + "\"classes\": [\n" + classes.joined(separator: ",\n")
      + "\n]\n}\n"
  }

  private static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // Encoding throws only for numbers that are not finite.
    return String(decoding: try! encoder.encode(text), as: UTF8.self)
  }
}

extension UInt64 {
  /// 16 digits.
  var hexadecimal: String {
    let text = String(self, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
