import Foundation
import Images
import Testing

@Suite struct ImageFolders {
  private func names(_ folder: ImageFolder, _ entries: [ImageFolder.Entry]) -> [String] {
    entries.map { String($0.path.dropFirst(folder.path.count + 1)) }
  }

  @Test func sortsByBytesAndNumbersClasses() throws {
    let root = try makeFolder(
      ["b/2.jpg", "b/10.JPG", "B/x.jpeg", "B/notes.txt", "é/1.JPEG", "e\u{301}/1.jpg", "z/.hidden.jpg", "readme.md"])
    let folder = try ImageFolder(path: root)
    #expect(folder.classNames.map { Array($0.utf8) } == ["B", "b", "e\u{301}", "z", "é"].map { Array($0.utf8) })
    #expect(names(folder, folder.entries) == ["B/x.jpeg", "b/10.JPG", "b/2.jpg", "e\u{301}/1.jpg", "é/1.JPEG"])
    #expect(folder.entries.map(\.classIndex) == [0, 1, 1, 2, 4])
  }

  @Test func flatFolderHasNoClasses() throws {
    let folder = try ImageFolder(path: makeFolder(["b.jpg", "a.JPEG", "c.png", "d.txt"], folders: ["empty"]))
    #expect(folder.classNames.isEmpty)
    #expect(names(folder, folder.entries) == ["a.JPEG", "b.jpg", "c.png"])
    #expect(folder.entries.allSatisfy { $0.classIndex == nil })
  }

  /// The order is torchvision's: that of the folders' paths, in which "/" comes after "-", then that of the names.
  @Test func anyDepth() throws {
    let files = ["b/x/2.jpg", "b/x/1.jpg", "b/x-y/3.jpg", "b/z.png", "b/x/y/4.jpg", "a/.hidden/5.jpg", "a/6.jpg"]
    let folder = try ImageFolder(path: makeFolder(files))
    #expect(folder.classNames == ["a", "b"])
    #expect(
      names(folder, folder.entries)
        == ["a/6.jpg", "b/z.png", "b/x/1.jpg", "b/x/2.jpg", "b/x-y/3.jpg", "b/x/y/4.jpg"].sorted { folderFirst($0, $1) }
    )
    #expect(folder.entries.map(\.classIndex) == [0, 1, 1, 1, 1, 1])
    let mixed = try ImageFolder(path: makeFolder(["0.jpg", "a/1.jpg", "a/b/2.jpg"]))
    #expect(names(mixed, mixed.entries) == ["0.jpg", "a/1.jpg", "a/b/2.jpg"])
    #expect(mixed.entries.map(\.classIndex) == [nil, 0, 0])
  }

  private func folderFirst(_ a: String, _ b: String) -> Bool {
    func key(_ path: String) -> (String, String) {
      let parts = path.split(separator: "/")
      return (parts.dropLast().joined(separator: "/"), String(parts.last!))
    }
    return key(a) < key(b)
  }

  @Test func depthIsBounded() throws {
    func nested(_ depth: Int) -> String { (0..<depth).map { "\($0)/" }.joined() + "photo.jpg" }
    #expect(try ImageFolder(path: makeFolder([nested(32)])).entries.count == 1)
    let root = try makeFolder([nested(33)])
    let path = root + "/" + nested(33).dropLast("/photo.jpg".count)
    #expect(
      throws: ImageError.folder(
        path: path, reason: "lies 33 folders deep, and at most 32 are walked; name one below")
    ) { _ = try ImageFolder(path: root) }
  }

  /// A link could lead out of the folder, or back into it for ever.
  @Test func linksToFoldersAreNotFollowed() throws {
    let root = try makeFolder(["a/1.jpg"])
    #expect(symlink(root, "\(root)/a/loop") == 0)
    #expect(symlink("a", "\(root)/b") == 0)
    let folder = try ImageFolder(path: root)
    #expect(names(folder, folder.entries) == ["a/1.jpg"] && folder.classNames == ["a"])
    #expect("\(folder.leftOut)" == "links to folders: 2")
  }

  /// What is not named as a picture is looked at.
  @Test func kindsByContent() throws {
    let root = try makeFolder(["a.txt", "b.TXT", "c", "d.md"])
    for (name, content) in [("e.webp", "RIFF0000WEBP"), ("f", "GIF89a"), ("g.webp", "RIFF1111WEBP")] {
      try Data(content.utf8).write(to: URL(fileURLWithPath: "\(root)/\(name)"))
    }
    try FileManager.default.copyItem(atPath: fixture("grey.jpg"), toPath: "\(root)/photo")
    try FileManager.default.copyItem(atPath: fixture("rgb-8.png"), toPath: "\(root)/photo.bin")
    let folder = try ImageFolder(path: root)
    #expect(names(folder, folder.entries) == ["photo", "photo.bin"])
    #expect("\(folder.leftOut)" == ".txt: 2; WebP: 2; .md: 1; GIF: 1; without an extension: 1")
  }

  @Test func refusesWhatIsNoImageFolder() throws {
    func message(_ path: String) -> String {
      do {
        _ = try ImageFolder(path: path)
        return "accepted"
      } catch { return "\(error)" }
    }
    let root = try makeFolder(["a.md", "b.txt", "class/c.gif"])
    #expect(message("\(root)/none") == "\(root)/none: no such folder")
    #expect(message("\(root)/a.md") == "\(root)/a.md: a file, not a folder of images")
    #expect(
      message(root)
        == "\(root): no JPEG or PNG in this folder or below: found .gif: 1; .md: 1; .txt: 1; "
        + "put pictures in it, or in one subfolder a class")
    #expect(message(try makeFolder([])).contains("found nothing;"))
  }

  @Test func samplesEvenlyAcrossAndWithinClasses() throws {
    let files = (0..<10).flatMap { c in (0..<8).map { "\(c)/\($0).jpg" } }
    let folder = try ImageFolder(path: makeFolder(files))
    #expect(names(folder, folder.sample(count: 20)) == (0..<10).flatMap { ["\($0)/0.jpg", "\($0)/4.jpg"] })
    #expect(folder.sample(count: 80) == folder.entries)
    #expect(folder.sample(count: 1000) == folder.entries)
    #expect(folder.sample(count: 0).isEmpty)
    let counts = Dictionary(grouping: folder.sample(count: 25)) { $0.classIndex! }.values.map(\.count)
    #expect(counts.sorted() == [2, 2, 2, 2, 2, 3, 3, 3, 3, 3])
  }

  @Test func smallClassesGiveWhatTheyHave() throws {
    let files = ["a/0.jpg"] + (0..<9).map { "b/\($0).jpg" } + (0..<9).map { "c/\($0).jpg" }
    let folder = try ImageFolder(path: makeFolder(files))
    #expect(folder.sample(count: 9).map { $0.classIndex! } == [0, 1, 1, 1, 1, 2, 2, 2, 2])
  }

  @Test func flatFoldersAreSampledEvenly() throws {
    let folder = try ImageFolder(path: makeFolder((0..<9).map { "\($0).jpg" }))
    #expect(names(folder, folder.sample(count: 3)) == ["0.jpg", "3.jpg", "6.jpg"])
  }
}
