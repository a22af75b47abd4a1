/// A reader of a `.safetensors` header, in one pass. The header is JSON of a fixed form, and nothing else is accepted:
///
/// ```json
/// {"__metadata__": {"format": "pt"}, "fc.bias": {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}}
/// ```
///
/// Values do not nest further, so nothing recurses, and a text stays where it is in the file.
struct SafeTensorsHeader {
  struct Entry {
    let name: FileText
    let dtype: FileText
    let shape: [Int]
    let dataOffsets: [Int]
  }

  /// The file, cut short at the header's end.
  private let file: FileBytes
  private var position: Int

  init(_ file: FileBytes, at position: Int) {
    self.file = file
    self.position = position
  }

  /// Reads the header to its end, and calls `body` with each tensor.
  mutating func read(_ body: (Entry) throws(CheckpointError) -> Void) throws(CheckpointError) {
    try members { header, name throws(CheckpointError) in
      if name == "__metadata__" {
        try header.members { header, _ throws(CheckpointError) in _ = try header.string() }
      } else {
        try body(try header.entry(name))
      }
    }
    guard next() == nil else { throw refusal("more text after the header's last brace") }
  }

  private mutating func entry(_ name: FileText) throws(CheckpointError) -> Entry {
    var dtype: FileText?
    var shape: [Int]?
    var dataOffsets: [Int]?
    try members { header, key throws(CheckpointError) in
      switch key {
      case "dtype" where dtype == nil: dtype = try header.string()
      case "shape" where shape == nil: shape = try header.integers()
      case "data_offsets" where dataOffsets == nil: dataOffsets = try header.integers()
      default: throw header.refusal("'\(key.printable)' in a tensor's entry")
      }
    }
    guard let dtype, let shape, let dataOffsets else {
      throw refusal("an entry of \(name.printable) without its dtype, shape or data_offsets")
    }
    guard !name.bytes.contains(UInt8(ascii: "\\")) else {
      throw file.refusal(
        at: file.offset(of: name), "an escape in the name of tensor \(name.printable)", Remedy.renameTensor)
    }
    return Entry(name: name, dtype: dtype, shape: shape, dataOffsets: dataOffsets)
  }

  // MARK: JSON

  /// Reads an object, and has `body` read the value of each name.
  private mutating func members(
    _ body: (inout SafeTensorsHeader, FileText) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    try items("{", "}") { header throws(CheckpointError) in
      let name = try header.string()
      try header.expect(":")
      try body(&header, name)
    }
  }

  private mutating func integers() throws(CheckpointError) -> [Int] {
    var integers: [Int] = []
    try items("[", "]") { header throws(CheckpointError) in
      integers.append(try header.integer())
      guard integers.count <= Limit.dimensions else {
        throw header.refusal("a tensor of more than \(Limit.dimensions) dimensions")
      }
    }
    return integers
  }

  /// Reads what stands between two brackets, with commas between its items.
  private mutating func items(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar,
    _ item: (inout SafeTensorsHeader) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    try expect(open)
    if next() != UInt8(ascii: close) {
      try item(&self)
      while next() == UInt8(ascii: ",") {
        position += 1
        try item(&self)
      }
    }
    try expect(close)
  }

  /// Reads a string as it stands between its quotes, with its escapes.
  private mutating func string() throws(CheckpointError) -> FileText {
    try expect("\"")
    let start = position
    while position < file.end, file.bytes[position] != UInt8(ascii: "\"") {
      guard file.bytes[position] >= 0x20 else { throw refusal("a control character in a string") }
      position += file.bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    let text = try file.text(start, position - start, of: "a string")
    try expect("\"")
    return text
  }

  private mutating func integer() throws(CheckpointError) -> Int {
    var value = 0
    _ = next()
    let start = position
    while position < file.end, UInt8(ascii: "0")...UInt8(ascii: "9") ~= file.bytes[position] {
      let (product, isLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) = product.addingReportingOverflow(Int(file.bytes[position] - UInt8(ascii: "0")))
      guard !isLarge, !isLarger else { throw refusal("a number beyond 2^63") }
      value = sum
      position += 1
    }
    guard position > start, position == start + 1 || file.bytes[start] != UInt8(ascii: "0") else {
      throw refusal("something other than a count")
    }
    return value
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(CheckpointError) {
    guard next() == UInt8(ascii: character) else { throw refusal("no '\(character)'") }
    position += 1
  }

  /// Moves past white space, and returns the byte there; nil at the header's end.
  private mutating func next() -> UInt8? {
    while position < file.end {
      switch file.bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  private func refusal(_ found: String) -> CheckpointError {
    file.refusal(at: position, "\(found) in a header that should be the JSON of a safetensors file", Remedy.download)
  }
}
