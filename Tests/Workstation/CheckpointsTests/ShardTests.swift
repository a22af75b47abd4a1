import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct ShardTests {
  /// A folder that is removed afterwards.
  final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "resnet-int8-\(UUID())")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    subscript(name: String) -> URL { url.appending(path: name) }
  }

  private let folder: Folder

  init() throws {
    folder = try Folder()
    for (file, tensor) in [("1.safetensors", "a"), ("2.safetensors", "b")] { try write([tensor], to: file) }
  }

  private func write(_ tensors: [String], to file: String) throws {
    let entries = tensors.map { #""\#($0)":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"# }
    try CheckpointBytes.safetensors("{\(entries.joined(separator: ","))}", Data([0, 0, 0x80, 0x3F]))
      .write(to: folder[file])
  }

  private func file(_ map: String) throws -> CheckpointFile {
    try Data(#"{"metadata":{"total_size":8},"weight_map":\#(map)}"#.utf8).write(to: folder["index.json"])
    return try CheckpointFile(shardsOf: folder["index.json"].path)
  }

  private static let map = #"{"a":"1.safetensors","b":"2.safetensors"}"#

  @Test func twoShards() throws {
    let file = try CheckpointFile(shardsOf: Fixtures.path("shards/model.safetensors.index.json"))
    #expect(file.dictionaries.map(\.path) == [""])
    let tensors = try file.read(file.dictionaries[0]) { _ in true }.tensors
    #expect(tensors == ["weight": ReadingTests.weight, "bias": ReadingTests.bias])
    #expect(file.dictionaries[0].integers == ["num_batches_tracked"])
  }

  /// Older networks have shards that torch.save wrote.
  @Test func shardOfPyTorch() throws {
    try FileManager.default.copyItem(at: Fixtures.folder.appending(path: "zip.pth"), to: folder["1.bin"])
    let map = #"{"weight":"1.bin","bias":"1.bin","num_batches_tracked":"1.bin","a":"1.safetensors"}"#
    let file = try file(map)
    #expect(file.dictionaries[0].tensors.map(\.name) == ["weight", "bias", "a"])
    #expect(try file.read(file.dictionaries[0]) { $0 == "bias" }.tensors == ["bias": ReadingTests.bias])
  }

  @Test func tensorsInTheOrderOfTheShards() throws {
    let file = try file(Self.map)
    #expect(file.dictionaries[0].tensors.map(\.name) == ["a", "b"])
    #expect(file.path == folder["index.json"].path)
  }

  @Test(arguments: [
    (#"{"a":"1.safetensors","b":"3.safetensors"}"#, "it names 3.safetensors, which is not beside it"),
    (#"{"a":"2.safetensors"}"#, "no tensor a, which the index names for this file"),
    (
      #"{"a":"1.safetensors","c":"1.safetensors","b":"2.safetensors"}"#,
      "no tensor c, which the index names for this file"
    ),
    (#"{"a":"../1.safetensors"}"#, "weight_map gives tensor a the file '../1.safetensors', not one of its folder"),
    (#"{"a":"/etc/passwd"}"#, "weight_map gives tensor a the file '/etc/passwd', not one of its folder"),
    (#"{"a":".."}"#, "weight_map gives tensor a the file '..', not one of its folder"),
    (#"{"a":"."}"#, "weight_map gives tensor a the file '.', not one of its folder"),
    (#"{"a":""}"#, "weight_map gives tensor a the file '', not one of its folder"),
    (#"{"a":"1\u0000"}"#, #"weight_map gives tensor a the file '1\u{0}', not one of its folder"#),
    (#"{"a":1}"#, "weight_map gives tensor a a number, not a file"),
    ("{}", "no tensor in weight_map"), ("[]", "no object weight_map"),
    (#"{"a":"1","a":"1"}"#, "line 1, column 52: a second member 'a'"),
    (#"{"é":"1","\\u{E9}":"2"}"#, #"two tensors named \u{E9}"#),
  ])
  func refusedMaps(_ map: String, _ found: String) throws {
    let error = try #require(throws: CheckpointError.self) { try file(map) }
    #expect(error.found == found)
    #expect(!error.remedy.isEmpty)
  }

  @Test func tensorThatTheIndexDoesNotName() throws {
    try write(["a", "c"], to: "1.safetensors")
    let error = try #require(throws: CheckpointError.self) { try file(Self.map) }
    #expect(error.found == "tensor c, which the index does not name for this file")
    #expect(error.path == folder["1.safetensors"].path)
  }

  @Test func linkOutOfTheFolder() throws {
    let other = try Folder()
    try FileManager.default.moveItem(at: folder["2.safetensors"], to: other["2.safetensors"])
    try FileManager.default.createSymbolicLink(at: folder["2.safetensors"], withDestinationURL: other["2.safetensors"])
    let error = try #require(throws: CheckpointError.self) { try file(Self.map) }
    #expect(error.found == "it names 2.safetensors, a link that leads out of the folder")
    #expect(error.path == folder["index.json"].path)
  }

  @Test func linkInsideTheFolder() throws {
    try FileManager.default.moveItem(at: folder["2.safetensors"], to: folder["two"])
    try FileManager.default.createSymbolicLink(at: folder["2.safetensors"], withDestinationURL: folder["two"])
    #expect(try file(Self.map).dictionaries[0].tensors.count == 2)
  }

  /// Hugging Face keeps downloads in a folder `blobs`, and snapshots of links that lead there.
  @Test func linksOfADownload() throws {
    _ = try file(Self.map)
    let snapshot = try Folder()
    for name in ["index.json", "1.safetensors", "2.safetensors"] {
      try FileManager.default.createSymbolicLink(at: snapshot[name], withDestinationURL: folder[name])
    }
    let file = try CheckpointFile(shardsOf: snapshot["index.json"].path)
    #expect(file.dictionaries[0].tensors.map(\.name) == ["a", "b"])
  }

  @Test func missingIndex() throws {
    let error = try #require(throws: CheckpointError.self) { try CheckpointFile(shardsOf: "/nonexistent/index.json") }
    #expect(
      error.description == "/nonexistent/index.json: it cannot be read: No such file or directory; check the path")
  }
}
