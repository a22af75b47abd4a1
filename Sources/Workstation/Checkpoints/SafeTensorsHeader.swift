import JSON

/// A reader of a `.safetensors` header, in one pass. The header is JSON of a fixed form, and nothing else is accepted:
///
/// ```json
/// {"__metadata__": {"format": "pt"}, "fc.bias": {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}}
/// ```
///
/// Values do not nest further, so nothing recurses, and a text stays where it is in the file.
enum SafeTensorsHeader {
  struct Entry {
    let name: FileText
    let dtype: FileText
    let shape: [Int]
    let dataOffsets: [Int]
  }

  /// Returns the entries of a whole header.
  static func entries(of header: UnsafeRawBufferPointer) throws(JSONScanner.Failure) -> [Entry] {
    var scanner = JSONScanner(header)
    var entries: [Entry] = []
    try scanner.members { scanner, name throws(JSONScanner.Failure) in
      if FileText(name) == "__metadata__" {
        try scanner.members { scanner, _ throws(JSONScanner.Failure) in _ = try scanner.string() }
      } else {
        entries.append(try entry(FileText(name), &scanner))
      }
    }
    try scanner.expectEnd()
    return entries
  }

  private static func entry(
    _ name: FileText, _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) -> Entry {
    var dtype: FileText?
    var shape: [Int]?
    var dataOffsets: [Int]?
    try scanner.members { scanner, key throws(JSONScanner.Failure) in
      switch FileText(key) {
      case "dtype" where dtype == nil: dtype = FileText(try scanner.string())
      case "shape" where shape == nil: shape = try counts(&scanner)
      case "data_offsets" where dataOffsets == nil: dataOffsets = try counts(&scanner)
      case let key: throw scanner.failure("'\(key.printable)' in a tensor's entry")
      }
    }
    guard let dtype, let shape, let dataOffsets else {
      throw scanner.failure("an entry of \(name.printable) without its dtype, shape or data_offsets")
    }
    return Entry(name: name, dtype: dtype, shape: shape, dataOffsets: dataOffsets)
  }

  private static func counts(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [Int] {
    var counts: [Int] = []
    try scanner.items { scanner throws(JSONScanner.Failure) in
      guard let count = Int(String(decoding: try scanner.number(), as: UTF8.self)), count >= 0 else {
        throw scanner.failure("something other than a count")
      }
      counts.append(count)
      guard counts.count <= Limit.dimensions else {
        throw scanner.failure("a tensor of more than \(Limit.dimensions) dimensions")
      }
    }
    return counts
  }
}
