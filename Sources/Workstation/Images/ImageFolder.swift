import Platform

/// The JPEGs of a folder. They lie directly in it, or in one subfolder per class. Files are recognized by their names
/// (`.jpg`, `.jpeg`, in either case), and hidden ones are left out.
public struct ImageFolder: Sendable {
  public struct Entry: Sendable, Equatable {
    public let path: String
    /// The index into `classNames`; nil in a folder without classes.
    public let classIndex: Int?

    public init(path: String, classIndex: Int?) {
      self.path = path
      self.classIndex = classIndex
    }
  }

  public let path: String
  /// The names of the subfolders, in the order of Python's `sorted`, which is how torchvision's `ImageFolder` numbers
  /// them. A subfolder without images keeps its number. Empty where the images lie in the folder itself.
  public let classNames: [String]
  /// The images, sorted by class name, then by file name.
  public let entries: [Entry]
  /// The number of pipes, sockets and devices with a JPEG's name. They are never opened.
  public let leftOutCount: Int

  /// Lists the JPEGs of the folder at `path`.
  ///
  /// - Throws: `ImageError.folder` where the folder is missing, is not a folder or cannot be listed, where it holds no
  ///   JPEG, or where it holds JPEGs both in itself and in its subfolders.
  public init(path: String) throws {
    let (files, folders, others) = try list(path)
    let images = files.filter(isJPEGName).map { Entry(path: "\(path)/\($0)", classIndex: nil) }
    var classified: [Entry] = []
    var leftOutCount = others.count(where: isJPEGName)
    for (index, name) in folders.enumerated() {
      let (files, _, others) = try list("\(path)/\(name)")
      classified += files.filter(isJPEGName).map { Entry(path: "\(path)/\(name)/\($0)", classIndex: index) }
      leftOutCount += others.count(where: isJPEGName)
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
    self.leftOutCount = leftOutCount
  }

  /// Returns `count` entries, or all where there are fewer, in the order of `entries`. Every class gets
  /// the same number as far as its size allows, and its entries are evenly spaced within it. The same
  /// folder always gives the same sample.
  public func sample(count: Int) -> [Entry] {
    let byClass = Dictionary(grouping: entries.indices) { entries[$0].classIndex ?? 0 }
    // The smallest class comes first, so that the others share what it cannot give.
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

/// Lists a folder's names, sorted by bytes as Python sorts them. (Swift's own order compares canonical equivalents.)
/// Names that begin with a dot are left out. A link counts as what it leads to, and as a file where that is missing.
private func list(_ path: String) throws -> (files: [String], folders: [String], others: [String]) {
  switch FileKind(of: path) {
  case nil: throw ImageError.folder(path: path, reason: "no such folder")
  case .folder?: break
  case let kind?: throw ImageError.folder(path: path, reason: "\(kind.rawValue), not a folder of images")
  }
  let names: [String]
  do {
    names = try FileManager.default.contentsOfDirectory(atPath: path)
  } catch {
    throw ImageError.folder(path: path, reason: "cannot be listed: \(Platform.reason(of: error))")
  }
  var (files, folders, others): ([String], [String], [String]) = ([], [], [])
  for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !name.hasPrefix(".") {
    switch FileKind(of: "\(path)/\(name)") {
    case .file?, nil: files.append(name)
    case .folder?: folders.append(name)
    default: others.append(name)
    }
  }
  return (files, folders, others)
}
