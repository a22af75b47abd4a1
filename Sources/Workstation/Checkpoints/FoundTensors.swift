import Platform

/// What has been found in a file.
struct FoundTensors {
  var dictionaries: [TensorDictionary] = []
  var modules: [String: String] = [:]

  init() {}

  /// Recognizes the file's format by its content, and finds what it holds.
  init(in file: FileBytes) throws(CheckpointError) {
    guard file.end > 0 else { throw file.refusal(at: nil, "an empty file", Remedy.download) }
    let head = file.bytes.prefix(16)
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      self = try findTensors(ofZip: file)
    } else if head.starts(with: legacyMagic) {
      self = try findTensors(ofLegacy: file)
    } else if head.count > 8, head[8] == UInt8(ascii: "{") {
      self = try findTensors(ofSafeTensors: file)
    } else {
      throw file.refusal(at: 0, Self.description(of: head), Remedy.formats)
    }
  }

  private static func description(of head: Slice<UnsafeRawBufferPointer>) -> String {
    if head.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
      "text, beginning '\(String(decoding: head.prefix { $0 != 0x0A }, as: UTF8.self).printable)'"
    } else if head.starts(with: [0x80]) {
      "a pickle that torch.save did not write"
    } else if head.count > 2, head[0] == 0x08, head[2] == 0x12 || head[2] == 0x3A {
      // Its version and then its producer's name or its graph, as protobuf writes them.
      "an ONNX file"
    } else {
      "neither a zip file, a legacy PyTorch file nor safetensors"
    }
  }
}
