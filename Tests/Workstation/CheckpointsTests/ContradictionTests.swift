import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files whose parts are each well-formed and do not go together, or go together in two ways.
@Suite struct ContradictionTests {
  private static let one = CheckpointBytes.littleEndian(Float(1).bitPattern)
  private static let tensor = Pickle.tensor(shape: [1], strides: [1])

  private func refusal(of file: Data) throws -> CheckpointError {
    try #require(throws: CheckpointError.self) { try Checkpoint(data: file, path: "x") }
  }

  private func legacy(_ entries: Data, _ storage: Data = one) -> Data {
    CheckpointBytes.legacy(
      Pickle.of("}", entries), keys: [Pickle.text("k")],
      storages: CheckpointBytes.littleEndian(UInt64(storage.count / 4)) + storage)
  }

  // MARK: Tensors

  @Test func strideOfZero() throws {
    let file = legacy(Pickle.of(Pickle.text("a"), Pickle.tensor(shape: [2], strides: [0]), "s"))
    #expect(
      try refusal(of: file).found
        == "a tensor of shape [2], strides [0] and offset 0, larger than its storage of 1 elements")
    // One element may have any stride.
    let single = legacy(Pickle.of(Pickle.text("a"), Pickle.tensor(shape: [1], strides: [0]), "s"))
    #expect(try Checkpoint(data: single, path: "x").tensors == ["a": Tensor(shape: [1], values: [1])])
  }

  @Test func manyTensorsOverOneStorage() throws {
    let tensor = Pickle.tensor(count: 1000, shape: [1000], strides: [1])
    let first = Pickle.of(Pickle.text("a"), tensor, "q\u{1}s")
    let storage = Data(count: 4000)
    let two = try Checkpoint(data: legacy(Pickle.of(first, Pickle.text("b"), "h\u{1}s"), storage), path: "x")
    #expect(two.tensors["a"] == two.tensors["b"] && two.tensors.count == 2)
    let three = legacy(
      Pickle.of(first, Pickle.text("b"), "h\u{1}s", Pickle.text("c"), "h\u{1}s"), storage)
    #expect(
      try refusal(of: three).found
        == "tensors that share storages and hold more elements than a file of this size can")
  }

  @Test func oneNameForTwoTensors() throws {
    let pickled = legacy(
      Pickle.of(Pickle.text("a"), Self.tensor, "s", Pickle.text("a"), Self.tensor, "s"))
    #expect(try refusal(of: pickled).found == "two tensors named a")
    let entry = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    let file = CheckpointBytes.safetensors(#"{"a":\#(entry),"a":\#(entry)}"#, Self.one)
    #expect(try refusal(of: file).found == "two tensors named a")
  }

  /// Lengths of two bytes have no sign.
  @Test func lengthAbove32767() throws {
    let length: UInt16 = 40_000
    let tensor = Pickle.of(
      Pickle.global("torch._utils", "_rebuild_tensor"), "(", Pickle.storageID("k", count: Int32(length)), "Q",
      Pickle.int(0), "(M", CheckpointBytes.littleEndian(length), "t(", Pickle.int(1), "ttR")
    let file = legacy(Pickle.of(Pickle.text("a"), tensor, "s"), Data(count: 4 * Int(length)))
    #expect(try Checkpoint(data: file, path: "x").tensors["a"]?.shape == [40_000])
  }

  /// Weights that are not finite stay so when they become float32.
  @Test(arguments: [(UInt16(0x7C00), "inf"), (0xFC00, "-inf"), (0x7E00, "nan")])
  func float16ThatIsNotFinite(_ bits: UInt16, shown: String) throws {
    let header = #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#
    let file = CheckpointBytes.safetensors(header, Data(count: 2) + CheckpointBytes.littleEndian(bits))
    #expect(try refusal(of: file).found == "tensor a is \(shown) at index [1], in float32")
  }

  @Test func notAFile() throws {
    let error = try #require(throws: CheckpointError.self) { try Checkpoint(contentsOf: "/dev/null") }
    #expect(error.found == "a device")
  }

  // MARK: Zip files

  private static let entries = [
    (name: "r/data.pkl", bytes: Pickle.of("}", Pickle.text("a"), tensor, "s.")), (name: "r/data/k", bytes: one),
  ]

  @Test func goodZip() throws {
    let checkpoint = try Checkpoint(data: CheckpointBytes.zip(Self.entries), path: "x")
    #expect(checkpoint.tensors == ["a": Tensor(shape: [1], values: [1])])
  }

  @Test func commentsInAZip() throws {
    let file = CheckpointBytes.zip(Self.entries, entryComment: "of an entry", comment: "of the file")
    #expect(try Checkpoint(data: file, path: "x").tensors == ["a": Tensor(shape: [1], values: [1])])
  }

  @Test func secondZipEntry() throws {
    let file = CheckpointBytes.zip(Self.entries + [Self.entries[1]])
    #expect(try refusal(of: file).found == "a second zip entry r/data/k")
  }

  @Test func twoPickles() throws {
    let file = CheckpointBytes.zip(Self.entries + [(name: "s/data.pkl", bytes: Self.entries[0].bytes)])
    #expect(try refusal(of: file).found == "a zip file with 2 data.pkl among its 3 entries")
  }

  @Test func encryptedZipEntry() throws {
    let error = try refusal(of: CheckpointBytes.zip(Self.entries, flags: 1))
    #expect(error.found == "zip entry r/data.pkl is encrypted")
  }

  @Test func zipEntryWithoutItsLocalHeader() throws {
    var file = CheckpointBytes.zip(Self.entries)
    let second = try #require(file.range(of: Data([0x50, 0x4B, 3, 4]), in: 4..<file.count)).lowerBound
    file[second] ^= 1
    let error = try refusal(of: file)
    #expect(error.found == "no zip header of r/data/k")
    #expect(error.offset == second)
  }

  @Test func missingZipEntry() throws {
    let error = try refusal(of: CheckpointBytes.zip([Self.entries[0]]))
    #expect(error.found == "tensor a without its zip entry data/k")
  }

  // MARK: safetensors

  @Test(arguments: [
    (#"{ "a" : {"data_offsets":[0, 4],"shape":[ 1 ],"dtype":"F32"} }  "#),
    (#"{"__metadata__":{"format":"pt","more":"\"{\u0041\\"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"step":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#),
  ])
  func goodHeader(_ header: String) throws {
    let checkpoint = try Checkpoint(data: CheckpointBytes.safetensors(header, Self.one), path: "x")
    #expect(checkpoint.tensors == ["a": Tensor(shape: [1], values: [1])])
  }

  @Test(arguments: [
    ("0,5", "1"), ("0,8", "1"), ("0,8", "2"), ("4,0", "1"), ("0,3", "1"), ("0", "1"), ("0,4,4", "1"), ("0,4", "1,2"),
    ("9223372036854775803,9223372036854775807", "1"),
  ])
  func bytesThatTheShapeDoesNotFill(_ offsets: String, _ shape: String) throws {
    let header = #"{"a":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[\#(offsets)]}}"#
    let error = try refusal(of: CheckpointBytes.safetensors(header, Self.one + [0]))
    let numbers = { (text: String) in text.replacingOccurrences(of: ",", with: ", ") }
    #expect(
      error.found
        == "tensor a of type F32 and shape [\(numbers(shape))] does not fill bytes [\(numbers(offsets))] of 5")
    #expect(error.offset == 10)
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#, "no '\"'"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {"#, "more text after the end"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, "no '}'"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"size":4}}"#, "'size' in a tensor's entry"),
    (#"{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#, "'shape' in a tensor's entry"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, "an entry of a without its dtype, shape or data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, "no ']'"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "something other than a count"),
    (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, "something other than a count"),
    (#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}"#, "something other than a count"),
    ("{\"a\n\":{}}", "a control character in a string"),
    (#"{"__metadata__":{"format":{}}}"#, "no '\"'"),
    (#"{"a"#, "a string that does not end"),
    (#"{"a\"#, "a string that does not end"),
  ])
  func headerOfAnotherForm(_ header: String, _ found: String) throws {
    let error = try refusal(of: CheckpointBytes.safetensors(header, Self.one))
    #expect(error.found.hasPrefix(found), "\(error)")
  }

  @Test func escapeInAName() throws {
    let file = CheckpointBytes.safetensors(
      #"{"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, Self.one)
    #expect(try refusal(of: file).found == #"an escape in the name of tensor \u0061"#)
  }
}
