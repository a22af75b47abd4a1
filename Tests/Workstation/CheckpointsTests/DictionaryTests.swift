import Checkpoints
import Foundation
import TestSupport
import Testing

/// What stands where in a file, and what of it is read.
@Suite struct DictionaryTests {
  private static let state = ["weight": ReadingTests.weight, "bias": ReadingTests.bias]

  /// Reads every tensor of a dictionary.
  private func read(_ path: String, of file: CheckpointFile) throws -> [String: Tensor] {
    let dictionary = try #require(file.dictionaries.first { $0.path == path })
    return try file.read(dictionary) { dictionary.unreadable[$0] == nil }.tensors
  }

  /// The file of make_checkpoint_fixtures.py that holds what training scripts save.
  @Test(arguments: ["training.pth", "training-protocol4.pth", "training-legacy.pth"])
  func trainingCheckpoint(_ name: String) throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path(name))
    #expect(
      file.dictionaries.map(\.path) == [
        "model", "optimizer.state.0", "optimizer.state.1", "ema.shadow", "args.teacher", "counts.model", "history.1",
        "options.model",
      ])
    #expect(file.modules == ["best": "__main__.Model"])
    for path in ["model", "ema.shadow", "args.teacher", "counts.model", "history.1", "options.model"] {
      #expect(try read(path, of: file) == Self.state)
    }
    #expect(try read("optimizer.state.1", of: file).keys.sorted() == ["exp_avg", "exp_avg_sq", "step"])
    #expect(file.dictionaries[0].integers == ["num_batches_tracked"])
  }

  @Test func otherKeys() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("keys.pth"))
    #expect(file.dictionaries.map(\.path) == ["model_state_dict", "net", "state_dict_ema"])
    for path in file.dictionaries.map(\.path) { #expect(try read(path, of: file) == Self.state) }
  }

  @Test func averagedModel() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("swa.pth"))
    #expect(try read("", of: file) == ["module.weight": ReadingTests.weight, "module.bias": ReadingTests.bias])
    #expect(file.dictionaries[0].integers == ["n_averaged", "module.num_batches_tracked"])
  }

  @Test func lightning() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("lightning.pth"))
    #expect(file.dictionaries.map(\.path) == ["state_dict", "optimizer_states.0.state.0", "hyper_parameters"])
    #expect(
      try read("state_dict", of: file) == ["model.weight": ReadingTests.weight, "model.bias": ReadingTests.bias])
    #expect(try read("hyper_parameters", of: file) == ["class_weights": ReadingTests.bias])
  }

  /// The weights of these are of kinds that are not known here. They are refused where they are wanted, and only there.
  @Test(arguments: [
    ("weight", "torch._utils._rebuild_qtensor"), ("sparse", "torch._utils._rebuild_sparse_tensor"),
    ("float8", "torch._utils._rebuild_tensor_v3"), ("tagged", "torch._tensor._rebuild_from_type_v2"),
    ("array", "numpy._core.multiarray._reconstruct"), ("nested", "torch._utils._rebuild_qtensor"),
  ])
  func unreadableTensors(_ name: String, _ function: String) throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("unreadable.pth"))
    let dictionary = file.dictionaries[0]
    #expect(try file.read(dictionary) { $0 == "bias" }.tensors == ["bias": ReadingTests.bias])
    #expect(dictionary.unreadable[name] == "is made by \(function), which is unknown and not run")
    let error = try #require(throws: CheckpointError.self) { try file.read(dictionary) { $0 == name } }
    #expect(error.found == "tensor \(name) is made by \(function), which is unknown and not run")
    #expect(error.remedy == "save it as a plain tensor of float32")
  }

  /// A pickle that would run a command names a value that nobody needs.
  @Test func osSystem() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("os-system.pth"))
    #expect(try Checkpoint(contentsOf: Fixtures.path("os-system.pth")).tensors == ["weight": ReadingTests.weight])
    #expect(file.dictionaries[0].unreadable == ["payload": "is made by posix.system, which is unknown and not run"])
  }

  @Test func onlyWholeModels() throws {
    let error = try #require(throws: CheckpointError.self) {
      try CheckpointFile(contentsOf: Fixtures.path("models.pth"))
    }
    #expect(
      error.found
        == "a dictionary in which no name has a floating-point tensor, only a whole __main__.Model at 'model'")
    #expect(error.remedy == "save the weights alone: torch.save(model.state_dict(), path)")
  }

  // MARK: Pickles byte by byte

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
    #expect(try read(path, of: file) == Self.one)
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
    #expect(try read("", of: file) == Self.one)
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
    #expect(try read("", of: file) == Self.one)
  }

  // MARK: What is read

  /// A tensor that is not wanted may be damaged, as those of other dictionaries.
  @Test func onlyWhatIsWanted() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
    let bytes = CheckpointBytes.safetensors(
      header, CheckpointBytes.littleEndian(Float(1).bitPattern) + CheckpointBytes.littleEndian(Float.nan.bitPattern))
    let file = try CheckpointFile(data: bytes, path: "x")
    #expect(file.dictionaries.map(\.path) == [""])
    #expect(file.dictionaries[0].tensors.map(\.name) == ["a", "b"])
    #expect(file.dictionaries[0].tensors.map(\.shape) == [[1], [1]])
    #expect(try file.read(file.dictionaries[0]) { $0 == "a" }.tensors == Self.one)
    let error = try #require(throws: CheckpointError.self) { try file.read(file.dictionaries[0]) { _ in true } }
    #expect(error.found == "tensor b is nan at index [0], in float32")
  }

  @Test func typesOfSafetensors() throws {
    let entry = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    let header =
      #"{"a":\#(entry),"b":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"c":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}"#
    let bytes = CheckpointBytes.safetensors(header, CheckpointBytes.littleEndian(Float(1).bitPattern))
    let file = try CheckpointFile(data: bytes, path: "x")
    #expect(file.dictionaries[0].unreadable == ["b": "is of type F8_E4M3"])
    #expect(file.dictionaries[0].integers == ["c"])
  }
}
