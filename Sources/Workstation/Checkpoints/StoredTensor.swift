/// A floating-point tensor that has been found in a file, and not read yet. It is a strided view of a storage.
public struct StoredTensor: Sendable {
  /// The name that its dictionary gives it.
  public internal(set) var name: String
  /// The length of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  let file: MappedFile
  let elementType: ElementType
  /// The distance between neighbouring indices of each dimension, in elements, not bytes. None is negative.
  let strides: [Int]
  /// The file offset of the storage's first byte.
  let storageOffset: Int
  /// The size of the storage in bytes.
  let storageByteCount: Int
  /// The number of the storage's elements before the tensor's first.
  let firstElement: Int

  /// Returns the number of elements. Throws where the tensor passes the end of its storage.
  func elementCount() throws(CheckpointError) -> Int {
    let stored = storageByteCount / elementType.byteCount
    guard let extent = Self.extent(shape: shape, strides: strides, first: firstElement), extent.last <= stored else {
      throw refusal(
        "tensor \(name.printable) of shape \(shape.printable), strides \(strides.printable) and offset"
          + " \(firstElement) is larger than its storage of \(stored) elements",
        Remedy.download)
    }
    return extent.count
  }

  /// Reads the values in row-major order and converts them to float32. Throws where the tensor passes the end of its
  /// storage or of the file, or where a value is NaN or infinite.
  func read() throws(CheckpointError) -> Tensor {
    let tensor = try file.withBytes { file throws(CheckpointError) in try read(from: file) }
    try refuseNonFinite(tensor.values)
    return tensor
  }

  private func read(from file: FileBytes) throws(CheckpointError) -> Tensor {
    let type = elementType
    let count = try elementCount()
    let storage = try file.slice(storageOffset, storageByteCount, of: "the storage of \(name.printable)")
    let start = firstElement * type.byteCount
    let data = UnsafeRawBufferPointer(rebasing: storage[start...])
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      let output = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      switch type {
      case .float32: gather(UInt32.self, data, into: output) { Float(bitPattern: UInt32(littleEndian: $0)) }
      case .float16: gather(UInt16.self, data, into: output) { Float(halfBits: UInt16(littleEndian: $0)) }
      case .bfloat16:
        gather(UInt16.self, data, into: output) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
      case .float64:
        gather(UInt64.self, data, into: output) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
      case .other: preconditionFailure("only floating-point tensors are read")
      }
      initialized = count
    }
    return Tensor(shape: shape, values: values)
  }

  /// Returns the number of the tensor's elements (`count`) and the number of elements that its
  /// storage must have at least (`last`).
  ///
  /// Returns nil where a number is negative or overflows. Also returns nil where elements overlap so much
  /// that there are more of them than storage elements: no checkpoint needs that, and a small file could
  /// describe a huge tensor with it.
  static func extent(shape: [Int], strides: [Int], first: Int) -> (count: Int, last: Int)? {
    guard shape.count == strides.count, first >= 0 else { return nil }
    var count = 1
    var last = first
    for (length, stride) in zip(shape, strides) {
      guard length >= 0, stride >= 0 else { return nil }
      let product = count.multipliedReportingOverflow(by: length)
      let span = max(length - 1, 0).multipliedReportingOverflow(by: stride)
      let sum = last.addingReportingOverflow(span.partialValue)
      guard !product.overflow, !span.overflow, !sum.overflow else { return nil }
      count = product.partialValue
      last = sum.partialValue
    }
    if count == 0 { return (0, first) }
    guard last < Int.max, count <= last + 1 else { return nil }
    return (count, last + 1)
  }

  /// Copies the elements to `output`, in row-major order of `shape`.
  private func gather<Stored: FixedWidthInteger>(
    _: Stored.Type, _ data: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>,
    _ convert: (Stored) -> Float
  ) {
    guard !output.isEmpty else { return }
    let dimensions = mergedDimensions()
    let size = MemoryLayout<Stored>.size
    let inner = dimensions.last ?? (1, 1)
    let outer = dimensions.dropLast()
    var index = [Int](repeating: 0, count: outer.count)
    var source = 0
    var written = 0
    while true {
      for i in 0..<inner.length {
        let stored = data.loadUnaligned(fromByteOffset: (source + i * inner.stride) * size, as: Stored.self)
        output.initializeElement(at: written + i, to: convert(stored))
      }
      written += inner.length
      var dimension = outer.count - 1
      while dimension >= 0 {
        index[dimension] += 1
        source += outer[dimension].stride
        if index[dimension] < outer[dimension].length { break }
        source -= index[dimension] * outer[dimension].stride
        index[dimension] = 0
        dimension -= 1
      }
      if dimension < 0 { return }
    }
  }

  /// Returns the view's dimensions, with those merged that follow each other in memory. A contiguous tensor has one.
  private func mergedDimensions() -> [(length: Int, stride: Int)] {
    var merged: [(length: Int, stride: Int)] = []
    for (length, stride) in zip(shape, strides) where length != 1 {
      if let outer = merged.last, outer.stride == length * stride {
        merged[merged.count - 1] = (outer.length * length, stride)
      } else {
        merged.append((length, stride))
      }
    }
    return merged
  }

  private func refuseNonFinite(_ values: [Float]) throws(CheckpointError) {
    let exponent: UInt32 = 0x7F80_0000
    // The loop has no early exit, so that the compiler vectorizes it.
    var nonFinite: UInt32 = 0
    for value in values { nonFinite |= value.bitPattern & exponent == exponent ? 1 : 0 }
    guard nonFinite != 0, let first = values.firstIndex(where: { !$0.isFinite }) else { return }
    var index = shape
    var rest = first
    for dimension in shape.indices.reversed() {
      index[dimension] = rest % shape[dimension]
      rest /= shape[dimension]
    }
    throw refusal(
      "tensor \(name.printable) is \(values[first]) at index \(index.printable), in float32",
      "its training diverged: use an earlier checkpoint")
  }

  func refusal(_ found: String, _ remedy: String) -> CheckpointError {
    CheckpointError(path: file.path, offset: storageOffset, found: found, remedy: remedy)
  }
}
