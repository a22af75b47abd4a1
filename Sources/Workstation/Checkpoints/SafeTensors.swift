/// Reads the `.safetensors` format: the header's length in 8 bytes, the header in JSON, then the tensors' bytes.
func readSafeTensors(_ file: FileBytes) throws(CheckpointError) -> [StoredTensor] {
  let headerOffset = 8
  let headerLength = try file.length(UInt64.self, at: 0, of: "header")
  _ = try file.slice(headerOffset, headerLength, of: "header")
  let dataOffset = headerOffset + headerLength
  var header = SafeTensorsHeader(file.prefix(dataOffset), at: headerOffset)
  var stored: [StoredTensor] = []
  try header.read { entry throws(CheckpointError) in
    guard let tensor = try StoredTensor(entry, dataOffset: dataOffset, in: file) else { return }
    stored.append(tensor)
    try file.checkCount(ofTensors: stored.count)
  }
  guard !stored.isEmpty else { throw file.refusal(at: headerOffset, "no floating-point tensor", Remedy.formats) }
  return stored
}

extension StoredTensor {
  /// Places a tensor of the header; nil where it is none of floats.
  fileprivate init?(
    _ entry: SafeTensorsHeader.Entry, dataOffset: Int, in file: FileBytes
  ) throws(CheckpointError) {
    guard let type = ElementType(safetensors: entry.dtype) else {
      throw file.refusal(
        at: file.offset(of: entry.dtype), "tensor \(entry.name.printable) of type \(entry.dtype.printable)",
        "save it as F32, F16, BF16 or F64")
    }
    if case .other = type { return nil }
    let range = entry.dataOffsets
    let dataLength = file.end - dataOffset
    guard let strides = contiguousStrides(entry.shape),
      let extent = StoredTensor.extent(shape: entry.shape, strides: strides, first: 0),
      range.count == 2, range[0] <= range[1], range[1] <= dataLength,
      // A division, since the product of count and size might overflow.
      (range[1] - range[0]) / type.byteCount == extent.count, (range[1] - range[0]) % type.byteCount == 0
    else {
      throw file.refusal(
        at: file.offset(of: entry.name),
        "tensor \(entry.name.printable) of type \(entry.dtype.printable) and shape \(entry.shape.printable) does not"
          + " fill bytes \(range.printable) of \(dataLength)",
        Remedy.download)
    }
    self.init(
      name: entry.name, elementType: type, shape: entry.shape, strides: strides,
      storageOffset: dataOffset + range[0], storageByteCount: range[1] - range[0], firstElement: 0)
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
