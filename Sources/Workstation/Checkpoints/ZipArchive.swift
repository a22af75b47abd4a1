/// The central directory of a zip file. It is read as torch.save writes it: entries are stored without
/// compression, and large files use zip64.
///
/// The layout is that of PKWARE's APPNOTE 6.3: sections 4.3.7 (local header), 4.3.12 (central
/// directory) and 4.3.14-16 (its end).
struct ZipArchive {
  struct Entry {
    let name: FileText
    /// The offset of the entry's record in the central directory, for messages.
    let record: Int
    let method: UInt16
    let flags: UInt16
    let localHeader: Int
    let byteCount: Int
  }

  let file: FileBytes
  let entries: [FileText: Entry]

  init(_ file: FileBytes) throws(CheckpointError) {
    self.file = file
    let directory = try Self.directory(of: file)
    guard directory.count <= Limit.zipEntries else {
      throw file.refusal(
        at: nil, "a zip file of \(directory.count) entries, more than \(Limit.zipEntries)", Remedy.saveStateDict)
    }
    var entries: [FileText: Entry] = [:]
    var offset = directory.offset
    for _ in 0..<directory.count {
      let (entry, next) = try Self.entry(at: offset, file)
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw file.refusal(at: offset, "a second zip entry \(entry.name.printable)", Remedy.saveAgain)
      }
      offset = next
    }
    self.entries = entries
  }

  /// Returns the entry whose name is these parts in a row.
  func entry(_ name: FileText...) -> Entry? {
    var bytes: [UInt8] = []
    for part in name { bytes += part.bytes }
    return bytes.withUnsafeBytes { entries[FileText($0)] }
  }

  /// Returns the range of the file that holds the entry's bytes. Throws where they are compressed,
  /// encrypted or past the file's end.
  func contents(of entry: Entry) throws(CheckpointError) -> Range<Int> {
    guard entry.flags & 1 == 0 else {
      throw file.refusal(at: entry.record, "zip entry \(entry.name.printable) is encrypted", Remedy.saveAgain)
    }
    guard entry.method == 0 else {
      throw file.refusal(
        at: entry.record,
        "zip entry \(entry.name.printable) is compressed (method \(entry.method)), which torch.save never does",
        "zip it again without compression (zip -0 -r), or load and save it in PyTorch")
    }
    let header = entry.localHeader
    guard try file.integer(UInt32.self, at: header, of: "zip header of \(entry.name.printable)") == 0x0403_4B50 else {
      throw file.refusal(at: header, "no zip header of \(entry.name.printable)", Remedy.download)
    }
    let name = Int(try file.integer(UInt16.self, at: header + 26, of: "zip header of \(entry.name.printable)"))
    let extra = Int(try file.integer(UInt16.self, at: header + 28, of: "zip header of \(entry.name.printable)"))
    let start = header + 30 + name + extra
    _ = try file.slice(start, entry.byteCount, of: "zip entry \(entry.name.printable)")
    return start..<(start + entry.byteCount)
  }

  private static func directory(of file: FileBytes) throws(CheckpointError) -> (offset: Int, count: Int) {
    let what = "end of the zip directory"
    let size = 22
    let longestComment = 0xFFFF
    let first = max(0, file.end - size - longestComment)
    var offset = file.end - size
    while offset >= first, try file.integer(UInt32.self, at: offset, of: what) != 0x0605_4B50 { offset -= 1 }
    guard offset >= first else {
      throw file.refusal(at: file.end, "a zip file that ends without its directory", Remedy.download)
    }
    let count = Int(try file.integer(UInt16.self, at: offset + 10, of: what))
    let start = Int(try file.integer(UInt32.self, at: offset + 16, of: what))
    // The zip64 end is found through its locator, which stands right before the plain end.
    guard offset >= 20, try file.integer(UInt32.self, at: offset - 20, of: what) == 0x0706_4B50 else {
      return (start, count)
    }
    let end64 = try file.length(UInt64.self, at: offset - 12, of: "offset of the zip64 end")
    guard try file.integer(UInt32.self, at: end64, of: what) == 0x0606_4B50 else {
      throw file.refusal(at: end64, "no zip64 end of the directory", Remedy.download)
    }
    return (
      try file.length(UInt64.self, at: end64 + 48, of: "offset of the zip directory"),
      try file.length(UInt64.self, at: end64 + 32, of: "count of zip entries")
    )
  }

  private static func entry(at offset: Int, _ file: FileBytes) throws(CheckpointError) -> (Entry, next: Int) {
    let what = "zip directory record"
    let fixedSize = 46
    _ = try file.slice(offset, fixedSize, of: what)
    func field16(_ at: Int) throws(CheckpointError) -> UInt16 {
      try file.integer(UInt16.self, at: offset + at, of: what)
    }
    func field32(_ at: Int) throws(CheckpointError) -> Int {
      Int(try file.integer(UInt32.self, at: offset + at, of: what))
    }
    guard try field32(0) == 0x0201_4B50 else {
      throw file.refusal(at: offset, "no zip directory record", Remedy.download)
    }
    let nameLength = Int(try field16(28))
    let extraLength = Int(try field16(30))
    let extra = offset + fixedSize + nameLength
    var sizes = [try field32(24), try field32(20), try field32(42)]  // In the zip64 field's order.
    if sizes.contains(0xFFFF_FFFF) {
      var next = try zip64Field(extra, extraLength, file)
      for i in sizes.indices where sizes[i] == 0xFFFF_FFFF {
        sizes[i] = try file.length(UInt64.self, at: next, of: "zip64 size or offset")
        next += 8
      }
    }
    let name = try file.text(offset + fixedSize, nameLength, of: "zip entry name")
    try file.checkLength(of: name, of: "a zip entry")
    let method = try field16(10)
    let entry = Entry(
      name: name, record: offset, method: method, flags: try field16(8), localHeader: sizes[2],
      byteCount: method == 0 ? sizes[0] : sizes[1])
    return (entry, extra + extraLength + Int(try field16(32)))
  }

  /// Returns the offset of the zip64 values among a record's extra fields. Each extra field is
  /// an id, a length and its bytes.
  private static func zip64Field(_ extra: Int, _ length: Int, _ file: FileBytes) throws(CheckpointError) -> Int {
    var offset = extra
    while offset + 4 <= extra + length {
      if try file.integer(UInt16.self, at: offset, of: "zip extra field") == 1 { return offset + 4 }
      offset += 4 + Int(try file.integer(UInt16.self, at: offset + 2, of: "zip extra field"))
    }
    throw file.refusal(at: extra, "a zip64 entry without its sizes", Remedy.download)
  }
}
