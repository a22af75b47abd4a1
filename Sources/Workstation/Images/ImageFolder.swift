import Platform

/// The JPEGs of a folder: directly in it, or in one subfolder a class. Files are known by their names (`.jpg`,
/// `.jpeg`, in either case); hidden ones are left out.
public struct ImageFolder: Sendable {
  public struct Entry: Sendable, Equatable {
    public let path: String
    /// Index into `classNames`; nil in a folder without classes.
    public let classIndex: Int?

    public init(path: String, classIndex: Int?) {
      self.path = path
      self.classIndex = classIndex
    }
  }

  public let path: String
  /// Names of the subfolders, in Python's `sorted` order, as torchvision's `ImageFolder` numbers them; empty where
  /// the images lie in the folder itself. A subfolder without images keeps its number.
  public let classNames: [String]
  /// In the order class name, file name.
  public let entries: [Entry]

  /// - Throws: `ImageError.folder` for a folder that is missing or not one, that holds no JPEG, or that holds some
  ///   both in itself and in subfolders.
  public init(path: String) throws {
    let (files, folders) = try list(path)
    let images = files.filter(isJPEGName).map { Entry(path: "\(path)/\($0)", classIndex: nil) }
    let classified = try folders.enumerated().flatMap { index, name in
      try list("\(path)/\(name)").files.filter(isJPEGName).map {
        Entry(path: "\(path)/\(name)/\($0)", classIndex: index)
      }
    }
    guard !images.isEmpty || !classified.isEmpty else {
      let found = "\(files.count) other files and \(folders.count) folders without one"
      throw ImageError.folder(
        path: path, reason: "no JPEG in this folder: found \(found); put .jpg files in it, or in one subfolder a class")
    }
    guard images.isEmpty || classified.isEmpty else {
      throw ImageError.folder(
        path: path,
        reason: "\(images.count) JPEGs lie in this folder and \(classified.count) in its subfolders; "
          + "move the former into a class's subfolder, or the latter away")
    }
    self.path = path
    classNames = images.isEmpty ? folders : []
    entries = images + classified
  }

  /// `count` entries, or all where there are fewer, in the order of `entries`: as many of each class as its size
  /// allows, evenly spaced within it. The same folder gives the same sample.
  public func sample(count: Int) -> [Entry] {
    let byClass = Dictionary(grouping: entries.indices) { entries[$0].classIndex ?? 0 }
    // Smallest class first, so that what it cannot give is shared by the rest.
    let classes = byClass.values.sorted { ($0.count, $0[0]) < ($1.count, $1[0]) }
    var remaining = min(count, entries.count)
    var chosen: [Int] = []
    for (i, members) in classes.enumerated() {
      let share = min(members.count, remaining / (classes.count - i))
      chosen += (0..<share).map { members[$0 * members.count / share] }
      remaining -= share
    }
    return chosen.sorted().map { entries[$0] }
  }
}

private func isJPEGName(_ name: String) -> Bool {
  let name = name.lowercased()
  return name.hasSuffix(".jpg") || name.hasSuffix(".jpeg")
}

/// Names in a folder, sorted by bytes as Python sorts them; Swift would compare canonical equivalents.
private func list(_ path: String) throws -> (files: [String], folders: [String]) {
  guard let isDirectory = isFolder(path) else { throw ImageError.folder(path: path, reason: "no such folder") }
  guard isDirectory else { throw ImageError.folder(path: path, reason: "a file, not a folder of images") }
  let names: [String]
  do {
    names = try FileManager.default.contentsOfDirectory(atPath: path)
  } catch {
    throw ImageError.folder(path: path, reason: "cannot be listed: \(Platform.reason(of: error))")
  }
  let sorted = names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  func isSubfolder(_ name: String) -> Bool { isFolder("\(path)/\(name)") == true }
  return (sorted.filter { !isSubfolder($0) }, sorted.filter(isSubfolder))
}
