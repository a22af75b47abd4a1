import Checkpoints
import Foundation
import TestSupport
import Testing

/// Where in a pickle dictionaries of tensors are found, byte by byte.
@Suite struct PlaceTests {
  private static let one = ["a": Tensor(shape: [1], values: [1])]
  private static let tensor = Pickle.tensor(shape: [1], strides: [1])
  private static let dictionary = Pickle.of("}", Pickle.text("a"), tensor, "s")

  private func file(_ object: Data) throws -> CheckpointFile {
    let bytes = CheckpointBytes.legacy(
      object, keys: [Pickle.text("k")],
      storages: CheckpointBytes.littleEndian(UInt64(1)) + CheckpointBytes.littleEndian(Float(1).bitPattern))
    return try CheckpointFile(data: bytes, path: "x")
  }

  private static let namespace = Pickle.global("argparse", "Namespace")

  @Test(arguments: [
    (Pickle.of("]", dictionary, "a"), "0"),
    (Pickle.of(dictionary, "\u{85}"), "0"),
    (Pickle.of("NN", dictionary, "\u{87}"), "2"),
    (Pickle.of("}", Pickle.int(-7), dictionary, "s"), "-7"),
    (Pickle.of("}", Pickle.text("b.c"), dictionary, "s"), "b.c"),
    (Pickle.of("}", Pickle.text("é"), dictionary, "s"), #"\u{E9}"#),
    (Pickle.of(namespace, ")R}", Pickle.text("b"), dictionary, "sb"), "b"),
    (Pickle.of(namespace, ")\u{81}}", Pickle.text("b"), dictionary, "sb"), "b"),
    (Pickle.of(namespace, ")}\u{92}}", Pickle.text("b"), dictionary, "sb"), "b"),
    (Pickle.of(namespace, ")R)R}", Pickle.text("b"), dictionary, "sb"), "b"),
    (Pickle.of(namespace, ")R", Pickle.text("b"), dictionary, "s"), "b"),
    (Pickle.of(namespace, ")R(N", dictionary, "e"), "1"),
    (Pickle.of(namespace, ")R", Pickle.text("a"), tensor, "s"), ""),
    // A list that holds itself, and a dictionary that does.
    (Pickle.of("]q\u{1}h\u{1}a", dictionary, "a"), "1"),
    (Pickle.of("}q\u{1}", Pickle.text("b"), "h\u{1}s", Pickle.text("a"), tensor, "s"), ""),
  ])
  func places(_ object: Data, _ path: String) throws {
    let file = try file(object)
    #expect(file.dictionaries.map(\.path) == [path])
    #expect(try file.readAll(of: path) == Self.one)
  }

  /// What the file names twice is found once, at the place that is met first.
  @Test func sharedDictionary() throws {
    let shared = Pickle.of("}", Pickle.text("b"), Self.dictionary, "q\u{1}s", Pickle.text("c"), "h\u{1}s")
    #expect(try file(shared).dictionaries.map(\.path) == ["b"])
  }

  @Test func severalDictionariesOfOnePath() throws {
    let inner = Pickle.of("}", Pickle.text("c"), Self.dictionary, "s")
    let object = Pickle.of(
      "}", Pickle.text("b.c"), Self.dictionary, "s", Pickle.text("b"), inner, "s", Pickle.text("b"), inner, "s",
      Pickle.text("b.c#2"), Self.dictionary, "s")
    #expect(try file(object).dictionaries.map(\.path) == ["b.c", "b.c#2", "b.c#3", "b.c#2#4"])
  }

  /// Keys that are neither text nor numbers have no name.
  @Test func otherKeysThanText() throws {
    let object = Pickle.of("}N", Self.dictionary, "s)", Self.tensor, "s", Pickle.text("a"), Self.tensor, "s")
    let file = try file(object)
    #expect(file.dictionaries.map(\.path) == [""])
    #expect(try file.readAll(of: "") == Self.one)
  }

  @Test func contentAndAttributesOfAnObject() throws {
    let object = Pickle.of(
      Self.namespace, ")R", Pickle.text("a"), Self.tensor, "s}", Pickle.text("a"), Self.tensor, "s",
      Pickle.text("b"), Self.dictionary, "sb")
    #expect(try file(object).dictionaries.map(\.path) == ["", "#2", "b"])
  }

  /// The state of a module is left alone, and what else names its dictionaries is not.
  @Test func moduleBesideADictionary() throws {
    let module = Pickle.of(
      Pickle.global("m", "Net"), ")\u{81}}", Pickle.text("extra"), Self.dictionary, "q\u{1}s",
      Pickle.text("_parameters"), Self.dictionary, "sb")
    let file = try file(
      Pickle.of("}", Pickle.text("net"), module, "s", Pickle.text("weights"), "h\u{1}s"))
    #expect(file.dictionaries.map(\.path) == ["weights"])
    #expect(file.modules == ["net": "m.Net"])
  }

  @Test func storageOfAnUnknownType() throws {
    let storage = Pickle.of(
      "(", Pickle.text("storage"), Pickle.global("torch", "Float9Storage"), Pickle.text("q"), Pickle.text("cpu"),
      Pickle.int(1), "tQ")
    let tensor = Pickle.of(
      Pickle.global("torch._utils", "_rebuild_tensor"), "(", storage, Pickle.int(0), Pickle.tuple(Pickle.int(1)),
      Pickle.tuple(Pickle.int(1)), "tR")
    let parameter = Pickle.of(Pickle.global("torch._utils", "_rebuild_parameter"), "(", tensor, "\u{89}NtR")
    let file = try file(
      Pickle.of(
        "}", Pickle.text("a"), Self.tensor, "s", Pickle.text("b"), tensor, "s", Pickle.text("c"), parameter, "s"))
    let reason = "is made by torch.Float9Storage, which is unknown and not run"
    #expect(file.dictionaries[0].unreadable == ["b": reason, "c": reason])
    #expect(try file.readAll(of: "") == Self.one)
  }
}
