import Platform

/// The pictures of a folder, at any depth. A class is a subfolder of the folder, with all that lies below it. Files and
/// folders whose names begin with a dot are left out without a word; links to folders are not followed.
public struct ImageFolder: Sendable {
  public struct Entry: Sendable, Equatable {
    public let path: String
    /// The index into `classNames`; nil where the picture lies in the folder itself.
    public let classIndex: Int?

    public init(path: String, classIndex: Int?) {
      self.path = path
      self.classIndex = classIndex
    }
  }

  public let path: String
  /// The names of the subfolders, in the order of Python's `sorted`, which is how torchvision's `ImageFolder` numbers
  /// them. A subfolder without images keeps its number. Empty where no subfolder has images.
  public let classNames: [String]
  /// The images: first those of the folder itself, then class by class. Within a class they are sorted by the path of
  /// their folder, then by name, as by torchvision.
  public let entries: [Entry]
  /// What lies in the folder and is no picture that can be read. Pipes, sockets and devices are never opened.
  public let leftOut: LeftOut

  /// Lists the pictures of the folder at `path`. What is named as a JPEG or PNG counts as one; of other files the first
  /// bytes tell.
  ///
  /// - Throws: `ImageError.folder` where the folder is missing, is not a folder or cannot be listed, where it holds no
  ///   picture, and where it is deeper or has more files than `FolderWalk` allows.
  public init(path: String) throws(ImageError) {
    switch FileKind(of: path) {
    case nil: throw .folder(path: path, reason: "no such folder")
    case .folder?: break
    case let kind?: throw .folder(path: path, reason: "\(kind.rawValue), not a folder of images")
    }
    var walk = FolderWalk()
    let (files, folders) = try walk.list(path)
    var entries = files.map { Entry(path: $0, classIndex: nil) }
    let ownCount = entries.count
    for (index, name) in folders.enumerated() {
      entries += try walk.files(below: "\(path)/\(name)").map { Entry(path: $0, classIndex: index) }
    }
    guard !entries.isEmpty else {
      let found = walk.leftOut.count > 0 ? "\(walk.leftOut)" : "nothing"
      throw .folder(
        path: path,
        reason: "no JPEG or PNG in this folder or below: found \(found); "
          + "put pictures in it, or in one subfolder a class")
    }
    self.path = path
    classNames = entries.count > ownCount ? folders : []
    self.entries = entries
    leftOut = walk.leftOut
  }

  /// Returns `count` entries, or all where there are fewer, in the order of `entries`. Every class gets
  /// the same number as far as its size allows, and its entries are evenly spaced within it. The same
  /// folder always gives the same sample.
  public func sample(count: Int) -> [Entry] {
    let byClass = Dictionary(grouping: entries.indices) { entries[$0].classIndex ?? -1 }
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
