/// Reads the zip format that torch.save has written since 1.6. `NAME/data.pkl` describes the object, and each
/// `NAME/data/KEY` holds a storage.
func findTensors(ofZip file: FileBytes) throws(CheckpointError) -> FoundTensors {
  let archive = try ZipArchive(file)
  let pickles = archive.entries.keys.filter { $0.hasSuffix("/data.pkl") }
  if let (found, remedy) = program(in: archive) { throw file.refusal(at: nil, found, remedy) }
  guard let pickleName = pickles.first, pickles.count == 1, let pickle = archive.entries[pickleName] else {
    throw file.refusal(
      at: nil, "a zip file with \(pickles.count) data.pkl among its \(archive.entries.count) entries", Remedy.formats)
  }
  let folder = pickleName.dropLast("data.pkl".utf8.count)
  if let entry = archive.entry(folder, "byteorder") {
    let range = try archive.contents(of: entry)
    let order = try file.text(range.lowerBound, range.count, of: "byteorder")
    guard order == "little" else {
      throw file.refusal(
        at: range.lowerBound, "numbers in byte order '\(order.printable)'", "save it again on a little-endian machine")
    }
  }
  let range = try archive.contents(of: pickle)
  var machine = PickleMachine(file.prefix(range.upperBound), at: range.lowerBound)
  let object = try machine.run()
  var search = PickleSearch(machine) { tensor, key throws(CheckpointError) in
    guard let entry = archive.entry(folder, "data/", key) else {
      throw file.refusal(
        at: nil, "tensor \(tensor.printable) without its zip entry data/\(key.printable)", Remedy.download)
    }
    return try archive.contents(of: entry)
  }
  try search.run(from: object, offset: range.lowerBound)
  return search.found
}

/// Recognizes what PyTorch writes in zip files beside state dicts, and returns what it is and how to get its weights.
private func program(in archive: ZipArchive) -> (found: String, remedy: String)? {
  if archive.entries.keys.contains(where: { $0.hasSuffix("/models/model.json") }) {
    return ("a program of torch.export", "save its weights: torch.save(torch.export.load(path).state_dict, new_path)")
  }
  if archive.entries.keys.contains(where: { $0.hasSuffix("/constants.pkl") }) {
    return ("a TorchScript program", "save its weights: torch.save(torch.jit.load(path).state_dict(), new_path)")
  }
  return nil
}

/// Reads the format that torch.save wrote before 1.6. It has five pickles: a magic number, a version, the
/// machine's properties, the object, and the storages' keys. Then follow, for each key, the storage's element
/// count in 8 bytes and its elements.
func findTensors(ofLegacy file: FileBytes) throws(CheckpointError) -> FoundTensors {
  var machine = PickleMachine(file, at: legacyMagic.count)
  guard case .int(1001) = try machine.run() else {
    throw file.refusal(at: legacyMagic.count, "a protocol version other than 1001", Remedy.saveAgain)
  }
  let propertiesOffset = machine.position
  if case .dictionary(let index) = try machine.run() {
    let items = machine.containers[index]
    for i in stride(from: 0, to: items.count - 1, by: 2) {
      guard case .string("little_endian") = items[i], case .bool(false) = items[i + 1] else { continue }
      throw file.refusal(
        at: propertiesOffset, "numbers in big-endian order", "save it again on a little-endian machine")
    }
  }
  let pickleOffset = machine.position
  let object = try machine.run()
  let keysOffset = machine.position
  guard case .list(let keys) = try machine.run() else {
    throw file.refusal(at: keysOffset, "no list of storages", Remedy.download)
  }
  var offset = machine.position
  var storages: [FileText: Range<Int>] = [:]
  for key in machine.containers[keys] {
    guard case .string(let key) = key, let storage = machine.storages[key] else {
      throw file.refusal(at: keysOffset, "\(key.kind) among the storages, which no tensor uses", Remedy.download)
    }
    let count = try file.length(UInt64.self, at: offset, of: "element count of storage \(key.printable)")
    let byteCount = count.multipliedReportingOverflow(by: storage.elementType.byteCount)
    offset += 8
    guard !byteCount.overflow else {
      throw file.refusal(at: offset - 8, "a storage of \(count) elements", Remedy.download)
    }
    _ = try file.slice(offset, byteCount.partialValue, of: "storage \(key.printable)")
    storages[key] = offset..<(offset + byteCount.partialValue)
    offset += byteCount.partialValue
  }
  var search = PickleSearch(machine) { tensor, key throws(CheckpointError) in
    guard let storage = storages[key] else {
      throw file.refusal(
        at: keysOffset, "tensor \(tensor.printable) without its storage \(key.printable)", Remedy.download)
    }
    return storage
  }
  try search.run(from: object, offset: pickleOffset)
  return search.found
}

/// The pickle of 0x1950A86A20F9469CFC6C, which every legacy file begins with.
let legacyMagic: [UInt8] = [
  0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
]
