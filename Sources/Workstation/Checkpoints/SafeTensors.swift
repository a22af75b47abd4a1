import JSON

/// Reads the `.safetensors` format: the header's length in 8 bytes, the header in JSON, then the tensors' bytes.
func findTensors(ofSafeTensors file: FileBytes) throws(CheckpointError) -> FoundTensors {
  let headerOffset = 8
  let header = try file.slice(headerOffset, try file.length(UInt64.self, at: 0, of: "header"), of: "header")
  let entries: [SafeTensorsHeader.Entry]
  do {
    entries = try SafeTensorsHeader.entries(of: header)
  } catch {
    throw file.refusal(
      at: headerOffset + error.offset, "\(error.found) in a header that should be the JSON of a safetensors file",
      Remedy.download)
  }
  var names = TensorNames(file)
  var dictionary = TensorDictionary(path: try names.nameDictionary(""))
  for entry in entries {
    try file.checkLength(of: entry.name, of: "a tensor")
    guard !entry.name.bytes.contains(UInt8(ascii: "\\")) else {
      throw file.refusal(
        at: file.offset(of: entry.name), "an escape in the name of tensor \(entry.name.printable)",
        Remedy.renameTensor)
    }
    let name = try names.nameTensor(entry.name.name)
    switch ElementType(safetensors: entry.dtype) {
    case nil: dictionary.unreadable[name] = "is of type \(entry.dtype.printable)"
    case .other: dictionary.integers.insert(name)
    case let type?:
      dictionary.tensors.append(
        try StoredTensor(name, entry, type, dataOffset: headerOffset + header.count, in: file))
    }
  }
  guard !dictionary.tensors.isEmpty else {
    throw file.refusal(at: headerOffset, "no floating-point tensor", Remedy.formats)
  }
  var found = FoundTensors()
  found.dictionaries = [dictionary]
  return found
}

extension StoredTensor {
  fileprivate init(
    _ name: String, _ entry: SafeTensorsHeader.Entry, _ type: ElementType, dataOffset: Int, in file: FileBytes
  ) throws(CheckpointError) {
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
      name: name, shape: entry.shape, file: file.source, elementType: type, strides: strides,
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
