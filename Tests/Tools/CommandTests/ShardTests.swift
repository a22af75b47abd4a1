import Foundation
import TestSupport
import Testing

/// Tests that shards of an evaluation, merged, give what one evaluation of all images prints, and that merging refuses what
/// does not belong together.
@Suite struct ShardTests {
  let folder: TemporaryFolder
  private static let checkpoint = Fixtures.reference("cifar-a.pth")
  private static let labels = (0..<10).map { "class-\($0)" }

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.labels.joined(separator: "\n"), to: "labels.txt")
    try folder.addModel(["--labels", "labels.txt"])
    for (index, image) in Fixtures.intact.enumerated() { try folder.addImages([image], to: "test/class-\(index % 4)") }
    try folder.addImages(["truncated.jpg"], to: "test/class-2")
  }

  private func evaluate(_ options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let outcome = try folder.run(
      ["evaluate", "model.rn8", "--images", "test", "--checkpoint", Self.checkpoint] + options)
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  /// Writes the sums of all shards, and returns the names of their files.
  private func evaluateShards(_ count: Int, _ options: [String] = []) throws -> [String] {
    try (1...count).map { number in
      let file = "\(number)-of-\(count).json"
      let output = try evaluate(["--shard", "\(number)/\(count)", "--sums", file] + options)
      #expect(output.hasPrefix("shard         \(number)/\(count)\nimages        "))
      return file
    }
  }

  private func merge(_ files: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let outcome = try folder.run(["merge"] + files)
    #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)", sourceLocation: sourceLocation)
    return outcome.output
  }

  private func expectRefusal(
    _ files: [String], _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.expectRefusal(["merge"] + files, status: 1, ["Error: \(message)"], sourceLocation: sourceLocation)
  }

  /// The 11 images, one of which is damaged, are in fewer shards, in as many and in more.
  @Test(arguments: [1, 2, 3, 11, 16])
  func mergedShardsAreTheWhole(_ count: Int) throws {
    let whole = try evaluate(["--logits", "whole.f32"])
    #expect(whole.contains("images        10\nskipped       1\nfloat top-1   "))
    let files = try evaluateShards(count)
    #expect(try merge(files) == whole)
    #expect(try merge(files.reversed()) == whole)
  }

  @Test func logitsOfShardsAreThoseOfTheWhole() throws {
    _ = try evaluate(["--logits", "whole.f32"])
    let shards = try (1...3).map { number in
      _ = try evaluate(["--shard", "\(number)/3", "--sums", "sums.json", "--logits", "shard.f32"])
      return try folder.read("shard.f32")
    }
    #expect(Data(shards.joined()) == (try folder.read("whole.f32")))
    #expect(shards.allSatisfy { !$0.isEmpty })
  }

  @Test func samplesAreDivided() throws {
    let whole = try evaluate(["--samples", "7"])
    #expect(try merge(evaluateShards(2, ["--samples", "7"])) == whole)
  }

  /// The same sums are of another copy of the images too, and of a checkpoint and labels that are optional.
  @Test func withoutCheckpointAndLabels() throws {
    try FileManager.default.createDirectory(at: folder["elsewhere"], withIntermediateDirectories: false)
    try FileManager.default.copyItem(at: folder["images"], to: folder["elsewhere/copy"])
    for (number, images) in [(1, "images"), (2, "elsewhere/copy/"), (3, folder["images"].path)] {
      let outcome = try folder.run(
        "evaluate", "model.rn8", "--images", images, "--shard", "\(number)/3", "--sums", "\(number).json")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(try merge(["1.json", "2.json", "3.json"]) == "images        10\n")
  }

  @Test func withoutShardTheSumsAreTheWhole() throws {
    let whole = try evaluate(["--sums", "whole.json"])
    #expect(!whole.contains("shard"))
    #expect(try merge(["whole.json"]) == whole)
  }

  @Test func noImageCanBeRead() throws {
    try folder.addImages(Fixtures.truncated, to: "cut")
    for number in 1...2 {
      let outcome = try folder.run(
        "evaluate", "model.rn8", "--images", "cut", "--shard", "\(number)/2", "--sums", "\(number).json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == "shard         \(number)/2\nimages        0\nskipped       \(number)\n")
    }
    try expectRefusal(
      ["1.json", "2.json"], "1.json, 2.json: none of the 3 images could be read; evaluate intact JPEGs or PNGs\n")
  }

  // MARK: Refusals

  @Test func options() throws {
    func expectRefusal(_ options: [String], _ message: String) throws {
      try folder.expectRefusal(
        ["evaluate", "model.rn8", "--images", "test"] + options, status: 64, [message],
        sourceLocation: #_sourceLocation)
    }
    for shard in ["0/4", "5/4", "1", "1/0", "x", "1/100001"] {
      try expectRefusal(
        ["--shard", shard, "--sums", "sums.json"],
        "The value '\(shard)' is invalid for '--shard <i/n>': "
          + "give I/N with I in 1...N and N in 1...100000, such as 1/4")
    }
    try expectRefusal(["--shard", "2/4"], "--shard 2/4: give --sums FILE too, for resnet-quantize merge")
    try expectRefusal(
      ["--shard", "2/4", "--sums", "sums.json", "--checkpoint", Self.checkpoint, "--reference", "reference.npy"],
      "--reference: has rows for all images; check the reading before, without --shard")
    try folder.expectRefusal(
      ["evaluate", "model.rn8", "--images", "test", "--sums", "same", "--logits", "./same"], status: 1,
      ["Error: same: would overwrite ./same, which is written too"], sourceLocation: #_sourceLocation)
    try folder.expectRefusal(["merge"], status: 64, ["Missing expected argument"], sourceLocation: #_sourceLocation)
  }

  @Test func incompleteShards() throws {
    let files = try evaluateShards(3)
    let all = "give the files of all 3 shards: evaluate --shard"
    try expectRefusal(
      Array(files[..<2]), "no file has shard 3/3; \(all) 3/3 --sums FILE writes the first that is missing\n")
    try expectRefusal([files[1]], "no file has shard 1/3, 3/3; \(all) 1/3")
    try expectRefusal(files + [files[0]], "1-of-3.json: shard 1/3, as 1-of-3.json is; give each shard once\n")
  }

  /// The second of two shards is evaluated with another model, checkpoint, option or folder.
  @Test func shardsOfDifferentEvaluations() throws {
    _ = try evaluateShards(2)
    func expectRefusal(
      _ found: String, model: String = "model.rn8", images: String = "test",
      _ options: [String] = ["--checkpoint", Self.checkpoint], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let outcome = try folder.run(
        ["evaluate", model, "--images", images, "--shard", "2/2", "--sums", "other.json"] + options)
      try #require(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
      try self.expectRefusal(
        ["1-of-2.json", "other.json"], "other.json: \(found), beside 1-of-2.json; evaluate all shards with ",
        sourceLocation: sourceLocation)
    }
    try expectRefusal("without a checkpoint", [])
    try expectRefusal("of another checkpoint", ["--checkpoint", Self.checkpoint, "--batch-norm-epsilon", "1e-4"])
    try expectRefusal(
      "with another --pixel-limit (100000)", ["--checkpoint", Self.checkpoint, "--pixel-limit", "100000"])
    try expectRefusal("of other images", ["--checkpoint", Self.checkpoint, "--samples", "9"])
    try folder.addImages(Fixtures.intact + ["truncated.jpg"], to: "others/class-0")
    try expectRefusal("of other images", images: "others")
    try folder.addModel(["--labels", "labels.txt", "--rounding", "nearest"])
    try expectRefusal("of another model")
  }

  @Test func foreignAndDamagedFiles() throws {
    let files = try evaluateShards(2)
    let bytes = try folder.read(files[0])
    try folder.write(bytes.prefix(bytes.count / 2), to: "cut.json")
    try folder.write("{}", to: "foreign.json")
    let wrote = "give files that evaluate --sums wrote"
    try expectRefusal(["cut.json", files[1]], "cut.json: line ")
    try expectRefusal([files[1], "foreign.json"], "foreign.json: not the sums of an evaluation; \(wrote)\n")
    try expectRefusal(["model.rn8"], "model.rn8: line 1, column 1: no value; \(wrote), whole\n")
    try expectRefusal(["test"], "test: it cannot be read: a folder, not a file; \(wrote), whole\n")
    let text = String(decoding: bytes, as: UTF8.self)
    try folder.write(text.replacing("\"skipped\": 0", with: "\"skipped\": 1"), to: "changed.json")
    try expectRefusal(
      ["changed.json", files[1]],
      "changed.json: 'read' and 'skipped' are not the 5 images of shard 1/2; the file is damaged")
  }
}
