import Platform

/// A walk through a folder and its subfolders. It counts what is no picture.
struct FolderWalk {
  private(set) var leftOut = LeftOut()
  private var fileCount = 0

  private static let largestDepth = 32
  private static let largestFileCount = 1 << 21

  /// Returns the paths of the pictures of a folder and of those below it, sorted by their folder's path, then by name.
  mutating func files(below path: String) throws(ImageError) -> [String] {
    var folders: [(path: String, files: [String])] = []
    var waiting = [(path: path, depth: 1)]
    while let (folder, depth) = waiting.popLast() {
      guard depth <= Self.largestDepth else {
        throw .folder(
          path: folder,
          reason: "lies \(depth) folders deep, and at most \(Self.largestDepth) are walked; name one below")
      }
      let (files, subfolders) = try list(folder)
      folders.append((folder, files))
      waiting += subfolders.map { ("\(folder)/\($0)", depth + 1) }
    }
    return folders.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }.flatMap(\.files)
  }

  /// Lists a folder: the paths of its pictures and the names of its subfolders. Both are sorted by bytes as Python sorts
  /// them. (Swift's own order compares canonical equivalents.)
  mutating func list(_ path: String) throws(ImageError) -> (files: [String], folders: [String]) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .folder(path: path, reason: "cannot be listed: \(Platform.reason(of: error))")
    }
    fileCount += names.count
    guard fileCount <= Self.largestFileCount else {
      throw .folder(
        path: path, reason: "here it is more than \(Self.largestFileCount) files; name a folder with fewer")
    }
    var (files, folders): ([String], [String]) = ([], [])
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !name.hasPrefix(".") {
      let file = "\(path)/\(name)"
      switch FileKind(of: file) {
      case .file?, nil:
        if let reason = Self.whyNoPicture(file, name: name) { leftOut.add(reason) } else { files.append(file) }
      case .folder?:
        if isLink(file) { leftOut.add("links to folders") } else { folders.append(name) }
      case .pipe?, .socket?, .device?: leftOut.add("pipes, sockets or devices")
      }
    }
    return (files, folders)
  }

  /// Returns nil for a picture that can be read, by its name or else by its first bytes.
  private static func whyNoPicture(_ path: String, name: String) -> String? {
    let suffix = name.lastIndex(of: ".").map { name[$0...].lowercased() }
    if let suffix, [".jpg", ".jpeg", ".png"].contains(suffix) { return nil }
    do throws(ImageError) {
      switch try PictureKind(beginningOf: path) {
      case .jpeg, .png: return nil
      case .other(let kind): return kind
      case nil: return suffix ?? "without an extension"
      }
    } catch { return error.summary }
  }
}
