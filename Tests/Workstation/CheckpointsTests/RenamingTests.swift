import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct RenamingTests {
  private let one = Tensor(shape: [1], values: [1])
  private let two = Tensor(shape: [1], values: [2])

  @Test func rulesInOrder() throws {
    let checkpoint = Checkpoint(path: "x", tensors: ["net.conv.conv": one, "fc": two])
    #expect(
      try checkpoint.renaming([("net.", ""), ("conv", "c"), ("c.c", "conv1")]).tensors == ["conv1": one, "fc": two])
    #expect(try checkpoint.renaming([]).tensors == checkpoint.tensors)
    #expect(
      try checkpoint.renaming([("fc", "x"), ("net.conv.conv", "fc"), ("x", "y")]).tensors == ["fc": one, "y": two])
  }

  @Test func oneNameForTwo() throws {
    let checkpoint = Checkpoint(path: "x", tensors: ["a.w": one, "b.w": two])
    let error = try #require(throws: CheckpointError.self) { try checkpoint.renaming([("a.", ""), ("b.", "")]) }
    #expect(error.description == "x: tensors a.w and b.w would both be renamed to w; rename them to different names")
  }

  @Test func dictionary() throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path("unreadable.pth"))
    let renamed = try file.dictionaries[0].renaming([("bias", "fc.bias"), ("weight", "fc.weight")], path: "x")
    #expect(try file.read(renamed) { $0 == "fc.bias" }.tensors == ["fc.bias": ReadingTests.bias])
    #expect(renamed.unreadable["fc.weight"] == file.dictionaries[0].unreadable["weight"])
    #expect(throws: CheckpointError.self) { try file.dictionaries[0].renaming([("bias", "weight")], path: "x") }
  }
}
