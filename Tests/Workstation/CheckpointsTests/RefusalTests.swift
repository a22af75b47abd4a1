import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct RefusalTests {
  private func refusal(_ path: String) throws -> CheckpointError {
    try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
  }

  private func refusal(of bytes: Data) throws -> CheckpointError {
    try #require(throws: CheckpointError.self) { try Checkpoint(data: bytes, path: "x") }
  }

  @Test(arguments: [
    ("text.pth", "text, beginning 'version https://'"),
    ("plain-pickle.pth", "a pickle that torch.save did not write"),
    ("os-system-legacy.pth", "a dictionary in which no name has a floating-point tensor"),
    ("whole-model.pth", "an object of __main__.Model in which no name has a floating-point tensor"),
    ("whole-model-legacy.pth", "an object of __main__.Model in which no name has a floating-point tensor"),
    ("large-tensor.pth", "shape [2, 3, 2, 3], strides [12, 4, 2, 1] and offset 0, larger than its storage of 24"),
    ("short-storage.pth", "larger than its storage of 23 elements"),
    ("nan.pth", "tensor weight is nan at index [1, 2, 0, 1]"),
    ("overflow.pth", "tensor bias is inf at index [0]"),
    ("big-endian.pth", "byte order 'big'"),
    ("deflated.pth", "is compressed (method 8)"),
  ])
  func namesFilePlaceFindingAndRemedy(_ name: String, _ found: String) throws {
    let error = try refusal(Fixtures.path(name))
    #expect(error.found.contains(found), "\(error)")
    #expect(error.offset != nil)
    #expect(!error.remedy.isEmpty)
    #expect(error.description.hasPrefix("\(Fixtures.path(name)): byte "))
  }

  @Test func nothingToRead() throws {
    #expect(try refusal("/nonexistent/model.pth").description == "/nonexistent/model.pth: no such file; check the path")
    #expect(try refusal(Fixtures.folder.path).found == "a folder")
    #expect(try refusal(of: Data()).found == "an empty file")
  }

  /// What PyTorch and ONNX write beside state dicts is told by its name.
  @Test func programs() throws {
    let script = try refusal(of: CheckpointBytes.zip([("m/data.pkl", Data("}.".utf8)), ("m/constants.pkl", Data())]))
    #expect(script.found == "a TorchScript program" && script.remedy.contains("torch.jit.load(path).state_dict()"))
    let exported = try refusal(of: CheckpointBytes.zip([("m/models/model.json", Data())]))
    #expect(exported.found == "a program of torch.export" && exported.remedy.contains("torch.export.load(path)"))
    #expect(try refusal(of: Data([0x08, 0x09, 0x12, 0x07]) + Data("pytorch".utf8)).found == "an ONNX file")
    #expect(try refusal(of: Data([0x08, 0x03, 0x3A, 0x10])).found == "an ONNX file")
  }

  @Test func truncatedZip() throws {
    let bytes = try Data(contentsOf: Fixtures.folder.appending(path: "zip.pth"))
    let error = try refusal(of: bytes.dropLast(200))
    #expect(error.found == "a zip file that ends without its directory")
    #expect(error.offset == bytes.count - 200)
  }

  @Test(arguments: [
    safetensors(dtype: "F32", shape: [1 << 62, 4, 0], Data()),
    safetensors(dtype: "F32", shape: [3], Data(count: 8)),
    safetensors(dtype: "F32", shape: [-1], Data(count: 8)),
    safetensors(dtype: "F32", shape: [2], Data(count: 8), end: 12),
    safetensors(dtype: "F32", shape: [Int.max, Int.max], Data(count: 8)),
    safetensors(dtype: "F8_E5M2", shape: [8], Data(count: 8)),
    Data(repeating: 0xFF, count: 8) + Data("{".utf8),
  ])
  func safetensorsThatDoNotAddUp(_ bytes: Data) throws {
    #expect(try !refusal(of: bytes).remedy.isEmpty)
  }

  /// Returns a legacy file whose object is the given pickle, and the offset where the pickle begins.
  private func legacy(_ pickle: Data) throws -> (file: Data, offset: Int) {
    // The first 137 bytes are the magic number, the version and the properties, which end at the third "stop".
    let head = try Data(contentsOf: Fixtures.folder.appending(path: "os-system-legacy.pth")).prefix(137)
    return (head + pickle, head.count)
  }

  /// No PyTorch writes pickles of such shapes and nesting.
  @Test(arguments: [
    Data(repeating: 0x28, count: 100_000),  // It has marks only.
    Data([0x29]) + Data(repeating: 0x85, count: 1_000_000) + Data([0x2E]),  // Tuples are nested a million deep.
    Data("}q\u{0}X\u{1}\u{0}\u{0}\u{0}ah\u{0}s.".utf8),  // A dictionary holds itself.
    Data([0x8A, 0xFF, 0x2E]),  // An integer is longer than the file.
    Data([0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x2E]),  // A string has Int.max bytes.
    Data("0.".utf8), Data("t.".utf8), Data("(0.".utf8), Data("h\u{7}.".utf8), Data(")R.".utf8),
    Data("cos\nsystem".utf8),
    Data("}U\u{1}wctorch.nn.parameter\nParameter\n)Rq\u{0}(h\u{0}NNNNtbs.".utf8),  // A parameter holds itself.
  ])
  func hostilePickle(_ pickle: Data) throws {
    let (file, start) = try legacy(pickle)
    let offset = try #require(try refusal(of: file).offset)
    #expect(offset >= start)
  }

  static let orderedDict = "ccollections\nOrderedDict\n"
  static let storage = "(U\u{7}storagectorch\nFloatStorage\nU\u{1}0NK\u{8}"

  @Test(arguments: [
    // A list of a hundred pairs, of four bytes each, becomes a dictionary a hundred times.
    (
      orderedDict + "q\u{0}0](" + String(repeating: "(NNt", count: 100) + "eq\u{1}"
        + String(repeating: "h\u{0}(h\u{1}tR", count: 100), "more dictionary entries than the file has bytes"
    ),
    (orderedDict + "(](NetR", "a list of something other than pairs"),
    (orderedDict + "(NtR", "an OrderedDict made from None"),
    (orderedDict + "(NNtR", "called with 2 arguments"),
    ("ctorch.nn.parameter\nParameter\n)R}b", "a parameter built from a dictionary"),
    ("cos\nsystem\nNR", "the global os.system called with None"),
    ("N)R", "None called"),
    ("cos\nsystem\n)R]a(NNu", "2 items put into a list"),
    ("}Na", "1 items put into a dictionary"),
    ("}(Nu", "1 items put into a dictionary"),
    ("NNNs", "2 items put into None"),
    ("(NNtQ", "a persistent id that is no storage"),
    ("(U\u{6}modulectorch\nFloatStorage\ntQN)R", "None called"),
    ("i", "pickle opcode 0x69"), ("o", "pickle opcode 0x6f"), ("\u{52}", "takes more from its stack"),
    (storage + "(U\u{1}1K\u{5}K\u{4}ttQ", "no view of the 8 elements"),
    (storage + "(U\u{1}1J\u{7F}\u{7F}\u{7F}\u{7F}K\u{1}ttQ", "no view of the 8 elements"),
    (storage + "K\u{1}tQ", "no view of the 8 elements"),
    (
      "ctorch._utils\n_rebuild_tensor\n(" + storage + "NtQK\u{0}"
        + String(repeating: "(" + String(repeating: "K\u{1}", count: 65) + "t", count: 2) + "tR",
      "a tensor built from a storage, an integer, a tuple, a tuple"
    ),
  ])
  func earlyPickle(_ pickle: String, _ found: String) throws {
    let error = try refusal(of: try legacy(Data((pickle + ".").utf8)).file)
    #expect(error.found.contains(found), "\(error)")
  }
}

/// Reading a damaged file throws or succeeds, but never traps.
@Suite struct DamageTests {
  static let files = [
    "zip.pth", "zip64.pth", "legacy.pth", "plain.safetensors", "protocol4.pth", "nested.pth", "strided-legacy.pth",
    "python2-legacy.pth", "new-parameters-legacy.pth", "storage-views-legacy.pth",
  ]

  @Test(arguments: files)
  func cutAtEveryLength(_ name: String) throws {
    let bytes = try Data(contentsOf: Fixtures.folder.appending(path: name))
    for length in 0..<bytes.count {
      #expect(throws: CheckpointError.self, "cut to \(length) bytes") {
        try Checkpoint(data: bytes.prefix(length), path: "x")
      }
    }
  }

  @Test(arguments: files)
  func everyByteChanged(_ name: String) throws {
    var bytes = try Data(contentsOf: Fixtures.folder.appending(path: name))
    var refused = 0
    for offset in bytes.indices {
      let original = bytes[offset]
      for changed in [original ^ 0xFF, original ^ 1, original ^ 0x80] {
        bytes[offset] = changed
        do { _ = try Checkpoint(data: bytes, path: "x") } catch { refused += 1 }
      }
      bytes[offset] = original
    }
    #expect(refused > 0)
  }
}
