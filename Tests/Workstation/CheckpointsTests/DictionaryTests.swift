import Checkpoints
import Foundation
import TestSupport
import Testing

/// What stands where in a file, and what of it is read.
@Suite struct DictionaryTests {
  private static let state = ["weight": ReadingTests.weight, "bias": ReadingTests.bias]

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
      #expect(try file.readAll(of: path) == Self.state)
    }
    #expect(try file.readAll(of: "optimizer.state.1").keys.sorted() == ["exp_avg", "exp_avg_sq", "step"])
    #expect(file.dictionaries[0].integers == ["num_batches_tracked"])
  }

  @Test func otherKeys() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("keys.pth"))
    #expect(file.dictionaries.map(\.path) == ["model_state_dict", "net", "state_dict_ema"])
    for path in file.dictionaries.map(\.path) { #expect(try file.readAll(of: path) == Self.state) }
  }

  @Test func averagedModel() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("swa.pth"))
    #expect(try file.readAll(of: "") == ["module.weight": ReadingTests.weight, "module.bias": ReadingTests.bias])
    #expect(file.dictionaries[0].integers == ["n_averaged", "module.num_batches_tracked"])
  }

  @Test func besideAnOptimizer() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("nested.pth"))
    #expect(file.dictionaries.map(\.path) == ["optimizer.state.0", "state_dict"])
    #expect(
      try file.readAll(of: "state_dict") == ["module.weight": ReadingTests.weight, "module.bias": ReadingTests.bias])
  }

  @Test func lightning() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("lightning.pth"))
    #expect(file.dictionaries.map(\.path) == ["state_dict", "optimizer_states.0.state.0", "hyper_parameters"])
    #expect(
      try file.readAll(of: "state_dict") == ["model.weight": ReadingTests.weight, "model.bias": ReadingTests.bias])
    #expect(try file.readAll(of: "hyper_parameters") == ["class_weights": ReadingTests.bias])
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
    #expect(try file.read(file.dictionaries[0]) { $0 == "a" }.tensors == ["a": Tensor(shape: [1], values: [1])])
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
