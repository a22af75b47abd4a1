import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct RenamingTests {
  /// Renames the tensors of a file, and returns their new names.
  private func renamed(_ names: [String], _ rules: [(from: String, to: String)]) throws -> [String] {
    var synthetic = SyntheticCheckpoint()
    for name in names { synthetic.add(name, [1]) }
    let file = try CheckpointFile(data: synthetic.safetensors, path: "x")
    return try file.dictionaries[0].renaming(rules, path: "x").tensors.map(\.name).sorted()
  }

  @Test func rulesInOrder() throws {
    let names = ["net.conv.conv", "fc"]
    #expect(try renamed(names, [("net.", ""), ("conv", "c"), ("c.c", "conv1")]) == ["conv1", "fc"])
    #expect(try renamed(names, []) == ["fc", "net.conv.conv"])
    #expect(try renamed(names, [("fc", "x"), ("net.conv.conv", "fc"), ("x", "y")]) == ["fc", "y"])
  }

  @Test func oneNameForTwo() throws {
    let error = try #require(throws: CheckpointError.self) { try renamed(["a.w", "b.w"], [("a.", ""), ("b.", "")]) }
    #expect(error.description == "x: tensors a.w and b.w would both be renamed to w; rename them to different names")
  }

  @Test func readingByNewNames() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("unreadable.pth"))
    let renamed = try file.dictionaries[0].renaming([("bias", "fc.bias"), ("weight", "fc.weight")], path: "x")
    #expect(try file.read(renamed) { $0 == "fc.bias" }.tensors == ["fc.bias": ReadingTests.bias])
    #expect(renamed.unreadable["fc.weight"] == file.dictionaries[0].unreadable["weight"])
    #expect(throws: CheckpointError.self) { try file.dictionaries[0].renaming([("bias", "weight")], path: "x") }
  }
}
