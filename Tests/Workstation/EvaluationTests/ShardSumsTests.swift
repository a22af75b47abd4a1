import Evaluation
import Foundation
import TestSupport
import Testing

/// Tests the files of sums: what is written is read back, and merging takes only what belongs together.
@Suite struct ShardSumsTests {
  private static let names = ["\"quoted\"", "naïve", "a\\b/c", "line\nend", "cat", "dog", "🐈", "last"]

  private func subject(
    version: String = "0.1.0", model: UInt64 = 1, checkpoint: UInt64? = .max, images: UInt64 = 3, imageCount: Int = 20,
    pixelLimit: Int = 1000
  ) -> EvaluationSubject {
    EvaluationSubject(
      version: version, model: model, outputCount: 8, checkpoint: checkpoint, images: images, imageCount: imageCount,
      pixelLimit: pixelLimit)
  }

  /// The sums of a shard of 20 images, of which the 17th cannot be read.
  private func shard(_ number: Int, of count: Int, _ subject: EvaluationSubject? = nil) -> ShardSums {
    var random = SeededGenerator(state: 1)
    let logits = (0..<20).map { _ in (random.floats(8, within: 9), random.floats(8, within: 9)) }
    let shard = Shard(number: number, of: count)!
    var sums = EvaluationSums()
    for index in shard.range(of: 20) {
      if index == 16 {
        sums.addSkipped()
      } else {
        sums.add(int8: logits[index].0, float: logits[index].1, classIndex: index % 8)
      }
    }
    return ShardSums(
      subject: subject ?? self.subject(), shard: shard, sums: sums,
      classNames: Dictionary(uniqueKeysWithValues: Self.names.enumerated().map { ($0, $1) }))
  }

  private func read(_ text: String) throws -> ShardSums {
    let file = FileManager.default.temporaryDirectory.appending(path: "sums-\(UUID().uuidString).json")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    do {
      return try ShardSums(contentsOf: file.path)
    } catch {
      // The name is another on every run.
      throw Refused(description: error.description.replacing(file.path, with: "sums.json"))
    }
  }

  private struct Refused: Error { let description: String }

  private func merge(_ shards: [ShardSums]) throws -> ShardSums {
    try ShardSums.merged(shards.enumerated().map { ("\($0 + 1).json", $1) })
  }

  @Test func whatIsWrittenIsReadBack() throws {
    for (number, count) in [(1, 1), (1, 3), (3, 3), (20, 40), (5, 20)] {
      for subject in [subject(), subject(checkpoint: nil), subject(version: "\u{1B}[1m")] {
        let sums = shard(number, of: count, subject)
        #expect(try read(sums.json) == sums)
      }
    }
    let text = shard(1, of: 1).json
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any]
    #expect(object["format"] as? String == "resnet-int8 evaluation sums" && object["version"] as? Int == 1)
    #expect(object["model"] as? String == "0000000000000001" && object["read"] as? Int == 19)
    #expect((object["classes"] as! [[String: Any]]).map { $0["name"] as! String } == Self.names)
  }

  @Test func merging() throws {
    let whole = shard(1, of: 1)
    for count in [1, 2, 3, 20, 30] {
      let shards = (1...count).map { shard($0, of: count) }
      #expect(try merge(shards) == whole)
      #expect(try merge(shards.reversed()) == whole)
      #expect(try merge(shards.map { try read($0.json) }) == whole)
    }
  }

  @Test func whatDoesNotBelongTogether() throws {
    func refusal(_ shards: ShardSums...) throws -> String {
      try #require(throws: EvaluationError.self) { try merge(shards) }.description
    }
    let first = shard(1, of: 2)
    #expect(try refusal(first, shard(1, of: 2)) == "2.json: shard 1/2, as 1.json is; give each shard once")
    #expect(
      try refusal(shard(2, of: 3))
        == "no file has shard 1/3, 3/3; give the files of all 3 shards: evaluate --shard 1/3 --sums FILE writes the first "
        + "that is missing")
    #expect(try refusal(shard(15, of: 15)).hasPrefix("no file has shard 1/15, 2/15"))
    #expect(try refusal(shard(15, of: 15)).contains(", 10/15 and 4 more; give the files of all 15 shards"))
    let oneCheckpoint = "one --checkpoint, and the same options about its network"
    for (other, found, remedy) in [
      (subject(version: "0.2.0"), "written by another version of resnet-int8 (0.2.0)", "one version"),
      (subject(model: 2), "of another model", "one model"),
      (subject(checkpoint: 2), "of another checkpoint", oneCheckpoint),
      (subject(checkpoint: nil), "without a checkpoint", oneCheckpoint),
      (subject(images: 2), "of other images", "the same --images and --samples"),
      (subject(imageCount: 21), "of other images", "the same --images and --samples"),
      (subject(pixelLimit: 9), "with another --pixel-limit (9)", "one --pixel-limit"),
    ] {
      #expect(
        try refusal(first, shard(2, of: 2, other))
          == "2.json: \(found), beside 1.json; evaluate all shards with \(remedy)")
    }
    let without = shard(1, of: 2, subject(checkpoint: nil))
    #expect(try refusal(without, shard(2, of: 2)).hasPrefix("2.json: with a checkpoint, beside 1.json"))
    #expect(
      try refusal(first, shard(2, of: 3))
        == "2.json: one of 3 shards, not of 2, beside 1.json; evaluate all shards with one division")
  }

  @Test func foreignFiles() throws {
    func refusal(_ text: String) throws -> String {
      try #require(throws: Refused.self) { try read(text) }.description
    }
    let text = shard(1, of: 2).json
    let wrote = "; give files that evaluate --sums wrote"
    #expect(try refusal("") == "sums.json: line 1, column 1: no value\(wrote), whole")
    #expect(try refusal(String(text.dropLast(9))).hasSuffix("\(wrote), whole"))
    let withoutVersion = text.replacing("\"version\"", with: "\"other\"")
    for foreign in ["[]", "{}", "1", #"{"format": 1}"#, #"{"format": "another"}"#, withoutVersion] {
      #expect(try refusal(foreign) == "sums.json: not the sums of an evaluation\(wrote)")
    }
    #expect(
      try refusal(text.replacing("\"version\": 1", with: "\"version\": 2"))
        == "sums.json: sums of a later version of resnet-int8; merge them with that version")
    let error = try #require(throws: EvaluationError.self) { try ShardSums(contentsOf: "none.json") }
    #expect(error.description == "none.json: it cannot be read: No such file or directory\(wrote), whole")
  }

  /// Each damage is a text of the file, what replaces it, and what the message says.
  @Test(arguments: [
    (#""shard": 1"#, #""shard": 3"#, "'shard' is not a number in 1...2"),
    (#""shards": 2"#, #""shards": 0"#, "'shards' is not a number in 1...100000"),
    (#""shards": 2"#, #""shards": 5"#, "'read' is not a number in 0...4"),
    (#""program": "0.1.0""#, #""program": 1"#, "'program' is not a string"),
    (#""model": "0"#, #""model": ""#, "'model' is not a checksum of 16 hexadecimal digits"),
    (#""checkpoint": "f"#, #""checkpoint": "F"#, "'checkpoint' is not a checksum of 16 hexadecimal digits"),
    (#""image_count": 20"#, #""image_count": 0"#, "'image_count' is not a number in 1...1099511627776"),
    (#""read": 10"#, #""read": 9"#, "'read' and 'skipped' are not the 10 images of shard 1/2"),
    (#""read": 10"#, #""read": -1"#, "'read' is not a number in 0...10"),
    (#""skipped": 0"#, #""skipped": 0.5"#, "'skipped' is not a number in 0...10"),
    (#""same_class": "#, #""same_class": 11"#, "'same_class' is not a number in 0...10"),
    (#""signal": "0x"#, #""signal": ""#, "'signal' is not a sum such as 0x1p-3"),
    (#""noise": "0x"#, #""noise": "0xg"#, "'noise' is not a sum such as 0x1p-3"),
    (#""int8_top5": "#, #""int8_top5": 11"#, "'int8_top5' is not a number in "),
    (#""float_top5": "#, #""float_top5": 11"#, "'float_top5' is not a number in "),
    (#""index": 7"#, #""index": 8"#, "entry 8 of 'classes', 'index' is not a number in 0...7"),
    (#""index": 7"#, #""index": 6"#, "class 6 is there twice"),
    (#""name": "dog""#, #""name": null"#, "entry 6 of 'classes', 'name' is not a string"),
    (#""dog", "images": "#, #""dog", "images": 11"#, "entry 6 of 'classes', 'images' is not a number in 0...10"),
    (#""dog", "images": 1,"#, #""dog", "images": 2,"#, "the classes have more images than were read"),
    (#""dog", "images": 1, "int8": "#, #""dog", "images": 1, "int8": 2"#, "entry 6 of 'classes', 'int8' is not"),
    (#""classes": ["#, #""classes": [1, "#, "'classes' is not an array of objects"),
    (#""classes": ["#, #""other": ["#, "'classes' is not an array"),
  ])
  func damage(_ text: String, _ damaged: String, _ message: String) throws {
    let json = shard(1, of: 2).json
    try #require(json.contains(text))
    let error = try #require(throws: Refused.self) { try read(json.replacing(text, with: damaged)) }
    #expect(error.description.hasPrefix("sums.json: \(message)"), "\(error.description)")
    #expect(error.description.hasSuffix("; the file is damaged: evaluate its shard again"), "\(error.description)")
  }
}
