import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct ReadingTests {
  /// The tensors that make_checkpoint_fixtures.py puts into every good file.
  static let weight = Tensor(shape: [2, 3, 2, 2], values: (0..<24).map { Float($0) / 8 - 1.5 })
  static let bias = Tensor(shape: [3], values: [0.5, -2, 1024])

  static let good = [
    "zip.pth", "legacy.pth", "plain.safetensors", "float16.pth", "bfloat16.pth", "float64-legacy.pth",
    "float16.safetensors", "bfloat16.safetensors", "protocol4.pth", "strided.pth", "strided-legacy.pth",
    "transposed.pth", "zip64.pth", "parameters-legacy.pth", "python2-legacy.pth", "new-parameters-legacy.pth",
    "storage-views-legacy.pth", "training.pth", "training-protocol4.pth", "training-legacy.pth",
  ]

  @Test(arguments: good)
  func sameTensorsInEveryForm(_ name: String) throws {
    let file = try CheckpointFile(contentsOf: Fixtures.path(name))
    let found = try file.dictionaries.map { try file.readAll(of: $0.path) }
    #expect(found.contains(["weight": Self.weight, "bias": Self.bias]))
    #expect(file.path == Fixtures.path(name))
  }

  /// The oldest files make a parameter before they give it its tensor. A second name for the parameter means the same
  /// tensor.
  @Test func sharedEarlyParameter() throws {
    var bytes = try Data(contentsOf: Fixtures.folder.appending(path: "new-parameters-legacy.pth"))
    let endOfPairs = try #require(bytes.range(of: Data([0x62, 0x65, 0x65, 0x85]))).lowerBound + 2
    bytes.insert(contentsOf: Data("](U\u{4}tiedh\u{4}e".utf8), at: endOfPairs)
    #expect(
      try Checkpoint(data: bytes, path: "x").tensors
        == ["weight": Self.weight, "bias": Self.bias, "tied": Self.weight])
  }

  @Test func contentDecidesNotTheName() throws {
    let bytes = try Data(contentsOf: Fixtures.folder.appending(path: "plain.safetensors"))
    #expect(try Checkpoint(data: bytes, path: "misnamed.pth").tensors["bias"] == Self.bias)
  }

  @Test func halvesAreExact() throws {
    // The largest number, the smallest normal, the smallest subnormal, the largest subnormal, negative zero and one.
    let bits: [UInt16] = [0x7BFF, 0x0400, 0x0001, 0x03FF, 0x8000, 0x3C00]
    let file = safetensors(dtype: "F16", shape: [6], bits.withUnsafeBytes { Data($0) })
    let values = try #require(try Checkpoint(data: file, path: "x").tensors["x"]).values
    #expect(values == [65504, 0x1p-14, 0x1p-24, 0x1p-14 - 0x1p-24, 0, 1])
    #expect(values[4].sign == .minus)
  }

  @Test func emptyTensorAndScalar() throws {
    let empty = try Checkpoint(data: safetensors(dtype: "F32", shape: [3, 0, 5], Data()), path: "x")
    #expect(empty.tensors == ["x": Tensor(shape: [3, 0, 5], values: [])])
    let scalar = try Checkpoint(data: safetensors(dtype: "F32", shape: [], Data([0, 0, 0x20, 0x41])), path: "x")
    #expect(scalar.tensors == ["x": Tensor(shape: [], values: [10])])
  }

  @Test(
    .enabled(if: dataFolder != nil, "skipped: no data folder"),
    arguments: [
      ("resnet20-12fca82f.th", "module.linear.weight", [10, 64], 97),
      ("resnet18-cifar10-64px.pth", "layer4.1.conv2.weight", [512, 512, 3, 3], 102),
    ])
  func realCheckpoints(_ name: String, _ tensor: String, _ shape: [Int], _ count: Int) throws {
    let data = try #require(dataFolder)
    let checkpoint = try Checkpoint(contentsOf: data.appending(path: name).path)
    #expect(checkpoint.tensors[tensor]?.shape == shape)
    #expect(checkpoint.tensors.count == count)
  }
}

/// Returns a safetensors file of one tensor, "x".
func safetensors(dtype: String, shape: [Int], _ data: Data, end: Int? = nil) -> Data {
  let header = #"{"x":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[0,\#(end ?? data.count)]}}"#
  return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + data
}
