import Checkpoints
import Foundation
import TestSupport
import Testing

/// What a checkpoint may have at most: exactly so much is read, and one more is refused.
@Suite struct LimitTests {
  private let one = CheckpointBytes.littleEndian(Float(1).bitPattern)

  /// Returns a legacy file whose state dict has these entries. Its storage "k" holds the numbers.
  private func legacy(_ entries: Data, key: String = "k", storage: [Float] = [1]) -> Data {
    CheckpointBytes.legacy(
      Pickle.of("}", entries), keys: [Pickle.text(key)],
      storages: CheckpointBytes.littleEndian(UInt64(storage.count))
        + storage.map { CheckpointBytes.littleEndian($0.bitPattern) }.reduce(Data(), +))
  }

  private func entry(_ name: String, _ tensor: Data = Pickle.tensor(shape: [1], strides: [1])) -> Data {
    Pickle.of(Pickle.text(name), tensor, "s")
  }

  private func safetensors(name: String = "a", shape: String = "1") -> Data {
    CheckpointBytes.safetensors(#"{"\#(name)":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[0,4]}}"#, one)
  }

  private func found(_ file: Data) throws -> String {
    try #require(throws: CheckpointError.self) { try Checkpoint(data: file, path: "x") }.found
  }

  @Test func nameOfATensor() throws {
    let longest = String(repeating: "n", count: 1024)
    for file in [legacy(entry(longest)), safetensors(name: longest)] {
      #expect(try Checkpoint(data: file, path: "x").tensors.keys.first == longest)
    }
    for file in [legacy(entry(longest + "n")), safetensors(name: longest + "n")] {
      #expect(try found(file) == "a tensor with a name of 1025 bytes, more than 1024")
    }
  }

  /// The names are no arguments of the test, since it would print them as they are.
  @Test func nameInAnotherScript() throws {
    for (name, escaped) in [
      ("\u{1B}]0;title\u{7}", #"\u{1B}]0;title\u{7}"#), ("é", #"\u{E9}"#), ("e\u{301}", #"e\u{301}"#),
      ("a\u{7F}", #"a\u{7F}"#), ("\u{202E}gnp", #"\u{202E}gnp"#), ("a~ ", "a~ "),
    ] {
      #expect(try Checkpoint(data: legacy(entry(name)), path: "x").tensors.keys.first == escaped)
    }
  }

  /// A file could use one long text as the name of many tensors.
  @Test func bytesOfAllNames() throws {
    let name = String(repeating: "n", count: 100)
    let dictionary = Pickle.of("}h\u{1}h\u{2}s")
    func file(_ count: Int) -> Data {
      let tensor = Pickle.tensor(shape: [1], strides: [1])
      let memos = Pickle.of("0", Pickle.text(name), "q\u{1}0", tensor, "q\u{2}0")
      let file = legacy(Pickle.of(memos, "](", Data((0..<count).map { _ in dictionary }.joined()), "e"))
      return file
    }
    let base = file(0).count
    // Each dictionary takes 6 bytes of the file, and 101 to 103 of names: its tensor's, and its number in the list.
    let most = (0...).first { count in 101 * (count + 1) > base + 6 * (count + 1) }!
    #expect(try CheckpointFile(data: file(most), path: "x").dictionaries.count == most)
    #expect(try found(file(most + 1)) == "tensors whose names have more bytes than the file")
  }

  @Test func pathOfADictionary() throws {
    func nested(_ count: Int) -> Data {
      let inside = Pickle.of("}", entry("a"))
      let key = Pickle.text(String(repeating: "k", count: 511))
      let path = Pickle.text(String(repeating: "k", count: count))
      return Pickle.of(path, "}", key, inside, "ss")
    }
    let most = try CheckpointFile(data: legacy(nested(511)), path: "x")
    #expect(most.dictionaries.map(\.path.utf8.count) == [1023])
    #expect(
      try found(legacy(nested(512))) == "tensors in a dictionary whose path has more than 1024 bytes")
  }

  @Test func keyOfAStorage() throws {
    let longest = String(repeating: "k", count: 1024)
    let tensor = Pickle.tensor(key: longest, shape: [1], strides: [1])
    #expect(try Checkpoint(data: legacy(entry("a", tensor), key: longest), path: "x").tensors["a"]?.values == [1])
    let longer = entry("a", Pickle.tensor(key: longest + "k", shape: [1], strides: [1]))
    #expect(try found(legacy(longer)) == "a storage with a name of 1025 bytes, more than 1024")
  }

  @Test func nameOfAZipEntry() throws {
    #expect(
      try found(CheckpointBytes.zip([(String(repeating: "z", count: 1025), Data())]))
        == "a zip entry with a name of 1025 bytes, more than 1024")
    #expect(
      try found(CheckpointBytes.zip([(String(repeating: "z", count: 1024), Data())]))
        == "a zip file with 0 data.pkl among its 1 entries")
  }

  @Test func dimensions() throws {
    let ones = Array(repeating: Int32(1), count: 65)
    let most = entry("a", Pickle.tensor(shape: ones.dropLast(), strides: ones.dropLast()))
    #expect(try Checkpoint(data: legacy(most), path: "x").tensors["a"]?.shape.count == 64)
    let text = Array(repeating: "1", count: 65)
    let file = safetensors(shape: text.dropLast().joined(separator: ","))
    #expect(try Checkpoint(data: file, path: "x").tensors["a"]?.shape.count == 64)
    #expect(
      try found(safetensors(shape: text.joined(separator: ",")))
        == "a tensor of more than 64 dimensions in a header that should be the JSON of a safetensors file")
  }

  @Test func tensors() throws {
    let entries = (0...65536).map { #""\#($0)":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"# }
    let most = CheckpointBytes.safetensors("{\(entries.dropLast().joined(separator: ","))}")
    #expect(try Checkpoint(data: most, path: "x").tensors.count == 65536)
    #expect(try found(CheckpointBytes.safetensors("{\(entries.joined(separator: ","))}")) == "more than 65536 tensors")
    let names = (0...65536).map { Pickle.of(Pickle.text(String($0)), "h\u{1}s") }
    let empty = Pickle.tensor(shape: [0], strides: [1])
    #expect(
      try found(legacy(Pickle.of("0", empty, "q\u{1}0}", Data(names.joined())))) == "more than 65536 tensors")
  }

  @Test func stepsOfAPickle() throws {
    // Each N is a step. The version and the properties take 5, what stands around the values 4, and the list of keys 4.
    let most = String(repeating: "N", count: (1 << 20) - 13)
    func legacy(_ object: Data) -> Data { CheckpointBytes.legacy(Pickle.of("}", object), keys: [], storages: Data()) }
    #expect(
      try found(legacy(Data("(\(most)1".utf8))) == "a dictionary in which no name has a floating-point tensor")
    #expect(try found(legacy(Data("(N\(most)1".utf8))) == "a pickle of more than 1048576 steps")
  }

  @Test func entriesOfAZipFile() throws {
    let count = CheckpointBytes.littleEndian(UInt64(262_145))
    let end64 = Pickle.of(
      CheckpointBytes.littleEndian(UInt32(0x0606_4B50)), Data(count: 20), count, count, Data(count: 16))
    let locator = Pickle.of(
      CheckpointBytes.littleEndian(UInt32(0x0706_4B50)), Data(count: 4), CheckpointBytes.littleEndian(UInt64(4)),
      Data(count: 4))
    let file = Pickle.of(
      Data([0x50, 0x4B, 3, 4]), end64, locator, CheckpointBytes.littleEndian(UInt32(0x0605_4B50)), Data(count: 18))
    #expect(try found(file) == "a zip file of 262145 entries, more than 262144")
  }

  @Test func messagesFitAScreen() throws {
    let long = String(repeating: "\u{1B}", count: 100_000)
    let ones = Array(repeating: Int32.max, count: 64)
    for file in [
      legacy(entry(long)), legacy(Pickle.global(long, long)),
      legacy(entry("a", Pickle.tensor(shape: ones, strides: ones))),
      legacy(
        Pickle.of(
          Pickle.global("torch._utils", "_rebuild_tensor"), Pickle.tuple(Pickle.text(long), Pickle.text(long)), "R")),
      safetensors(name: "a", shape: Array(repeating: "9223372036854775807", count: 64).joined(separator: ",")),
      CheckpointBytes.safetensors(
        #"{"a":{"dtype":"\#(String(repeating: "é", count: 9999))","shape":[],"data_offsets":[]}}"#),
    ] {
      let error = try #require(throws: CheckpointError.self) { try Checkpoint(data: file, path: long) }
      #expect(error.description.unicodeScalars.count <= 1000)
      #expect(!error.description.unicodeScalars.contains("\u{1B}"))
    }
  }
}
