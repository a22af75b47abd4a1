import Platform

/// Reads the `.safetensors` format: the header's length in 8 bytes, the header in JSON, then the tensors' bytes.
func readSafeTensors(_ file: FileBytes) throws(CheckpointError) -> [StoredTensor] {
  let headerOffset = 8
  let headerLength = try file.length(UInt64.self, at: 0, of: "header")
  let header = try file.slice(headerOffset, headerLength, of: "header")
  let entries: [String: HeaderEntry]
  do {
    entries = try JSONDecoder().decode([String: HeaderEntry].self, from: Data(header))
  } catch {
    throw file.refusal(at: headerOffset, "a header that is not the JSON of a safetensors file", Remedy.download)
  }
  let dataOffset = headerOffset + headerLength
  let dataLength = file.end - dataOffset
  var stored: [StoredTensor] = []
  for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
    guard case .tensor(let tensor) = entry else { continue }
    guard let type = ElementType(safetensors: tensor.dtype) else {
      throw file.refusal(
        at: headerOffset, "tensor \(name) of type \(tensor.dtype)", "save it as F32, F16, BF16 or F64")
    }
    if case .other = type { continue }
    let range = tensor.dataOffsets
    guard let strides = contiguousStrides(tensor.shape),
      let extent = StoredTensor.extent(shape: tensor.shape, strides: strides, first: 0),
      range.count == 2, 0 <= range[0], range[0] <= range[1], range[1] <= dataLength,
      // A division, since the product of count and size might overflow.
      (range[1] - range[0]) / type.byteCount == extent.count, (range[1] - range[0]) % type.byteCount == 0
    else {
      throw file.refusal(
        at: headerOffset,
        "tensor \(name) of type \(tensor.dtype) and shape \(tensor.shape) does not fill bytes \(range) of"
          + " \(dataLength)",
        Remedy.download)
    }
    stored.append(
      StoredTensor(
        name: name, elementType: type, shape: tensor.shape, strides: strides,
        storageOffset: dataOffset + range[0], storageByteCount: range[1] - range[0], firstElement: 0))
  }
  guard !stored.isEmpty else { throw file.refusal(at: headerOffset, "no floating-point tensor", Remedy.formats) }
  return stored
}

private enum HeaderEntry: Decodable {
  case tensor(HeaderTensor)
  /// The entry `__metadata__`, which holds strings by name and no tensor.
  case metadata

  init(from decoder: any Decoder) throws {
    if decoder.codingPath.first?.stringValue == "__metadata__" {
      self = .metadata
    } else {
      self = .tensor(try HeaderTensor(from: decoder))
    }
  }
}

private struct HeaderTensor: Decodable {
  let dtype: String
  let shape: [Int]
  let dataOffsets: [Int]

  enum CodingKeys: String, CodingKey {
    case dtype, shape
    case dataOffsets = "data_offsets"
  }
}

/// Returns row-major strides in elements; nil where a product overflows.
private func contiguousStrides(_ shape: [Int]) -> [Int]? {
  var strides = [Int](repeating: 1, count: shape.count)
  for i in shape.indices.dropLast().reversed() {
    let (stride, overflow) = strides[i + 1].multipliedReportingOverflow(by: max(shape[i + 1], 1))
    guard !overflow else { return nil }
    strides[i] = stride
  }
  return strides
}
