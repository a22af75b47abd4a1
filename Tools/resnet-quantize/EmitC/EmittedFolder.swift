import ModelFormat
import Platform
import ToolSupport

/// The folder of files that `emit-c` makes, all or none, and may make again later.
///
/// A list among them has the checksum of each. It tells what others put there or changed since: then nothing is
/// written.
struct EmittedFolder {
  private static let listName = "emit-c.txt"
  private let path: String
  /// The names of the files that will be replaced; nil where there is no folder yet.
  private let former: [String]?

  /// Finds out what is there. Throws where the folder would not be the tool's alone.
  init(_ path: String) throws {
    guard !path.isEmpty else { throw Refusal("'': not the name of a folder; give one") }
    var path = path
    while path.count > 1 && path.last == "/" { path.removeLast() }
    self.path = path
    if let kind = FileKind(of: path) {
      guard kind == .folder else {
        throw Refusal("\(path): \(kind.rawValue), not a folder; give a new or an empty folder")
      }
      former = try Self.ownFiles(in: path)
      return
    }
    guard errno == ENOENT else { throw writingFailure(path) }
    guard !isLink(path) else {
      throw Refusal("\(path): a link to what does not exist; give a new or an empty folder, or remove the link")
    }
    guard FileKind(of: folder(of: path)) == .folder else {
      throw Refusal("\(path): there is no folder \(folder(of: path)); make it first")
    }
    former = nil
  }

  /// Writes all files and the list. Where one cannot be written, the folder stays as it was.
  func write(_ files: [(name: String, bytes: [UInt8])]) throws {
    let list = Self.list(files.map { ($0.name, Self.checksum($0.bytes)) })
    let files = files + [(Self.listName, Array(list.utf8))]
    try HeldSignals.hold {
      if former == nil { try makeFolder(path) }
      // Files are complete before the first one gets its name, and the former ones stay until the last one has.
      let temporary = "\(path)/resnet-int8-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
      var moves: [(from: String, to: String)] = []
      func move(_ name: String, from source: String, to destination: String) throws {
        let (from, to) = ("\(source)/\(name)", "\(destination)/\(name)")
        guard rename(from, to) == 0 else { throw writingFailure("\(path)/\(name)") }
        moves.append((from, to))
      }
      do {
        for folder in ["", "/former", "/new"] { try makeFolder(temporary + folder) }
        for file in files { try write(file.bytes, to: "\(temporary)/new/\(file.name)", as: "\(path)/\(file.name)") }
        for name in former ?? [] { try move(name, from: path, to: "\(temporary)/former") }
        for file in files { try move(file.name, from: "\(temporary)/new", to: path) }
      } catch {
        for move in moves.reversed() { rename(move.to, move.from) }
        try? FileManager.default.removeItem(atPath: temporary)
        if former == nil { rmdir(path) }
        throw error
      }
      try? FileManager.default.removeItem(atPath: temporary)
    }
  }

  private func makeFolder(_ folder: String) throws {
    guard mkdir(folder, 0o777) == 0 else { throw writingFailure(path) }
  }

  /// - Parameter name: the file's name in messages.
  private func write(_ bytes: [UInt8], to file: String, as name: String) throws {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw writingFailure(name) }
    defer { close(descriptor) }
    try bytes.withUnsafeBytes { try ToolSupport.write($0, to: descriptor, path: name) }
    guard fsync(descriptor) == 0 else { throw writingFailure(name) }
  }

  /// Returns the names of all files in a folder. Throws where one is not on the list there, or differs from it.
  private static func ownFiles(in path: String) throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      throw Refusal("\(path): cannot be read: \(reason(of: error)); give a new or an empty folder")
    }
    let checksums = checksums(in: "\(path)/\(listName)")
    for name in names where name != listName || checksums.isEmpty {
      guard let checksum = checksums[name] else {
        throw Refusal("\(path)/\(name): emit-c did not make it; move it away, or give a new or an empty folder")
      }
      guard let bytes = contents("\(path)/\(name)"), Self.checksum(bytes) == checksum else {
        throw Refusal("\(path)/\(name): has changed since emit-c made it; move it away, or give a new folder")
      }
    }
    return names
  }

  private static let title = "Checksums of what resnet-quantize emit-c made in this folder, which it may replace:\n"

  private static func list(_ files: [(name: String, checksum: UInt64)]) -> String {
    title + files.map { "\(String($0.checksum, radix: 16)) \($0.name)\n" }.joined()
  }

  /// Returns the checksums by name; none where the file is not exactly as `list` makes it.
  private static func checksums(in path: String) -> [String: UInt64] {
    guard let bytes = contents(path), let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(title) else {
      return [:]
    }
    let files = text.dropFirst(title.count).split(separator: "\n").map { line in
      let words = line.split(separator: " ", maxSplits: 1)
      return (name: String(words.last!), checksum: UInt64(words[0], radix: 16) ?? 0)
    }
    return list(files) == text ? Dictionary(files) { first, _ in first } : [:]
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    var checksum = Checksum()
    bytes.withUnsafeBytes { checksum.append($0) }
    checksum.append(UInt64(bytes.count))
    return checksum.value
  }

  private static func contents(_ path: String) -> [UInt8]? {
    guard let file = try? RegularFile(path) else { return nil }
    return try? file.prefix(file.byteCount)
  }
}
