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
    let folder = try ImageFolder(path: makeFolder(["b.jpg", "a.jpg", "c.png"], folders: ["empty"]))
    #expect(folder.classNames.isEmpty)
    #expect(names(folder, folder.entries) == ["a.jpg", "b.jpg"])
    #expect(folder.entries.allSatisfy { $0.classIndex == nil })
  }

  @Test func refusesWhatIsNoImageFolder() throws {
    func message(_ path: String) -> String {
      do {
        _ = try ImageFolder(path: path)
        return "accepted"
      } catch { return "\(error)" }
    }
    let root = try makeFolder(["a.png", "b.txt", "class/c.gif"])
    #expect(message("\(root)/none") == "\(root)/none: no such folder")
    #expect(message("\(root)/a.png") == "\(root)/a.png: a file, not a folder of images")
    #expect(
      message(root)
        == "\(root): no JPEG in this folder: found 2 other files and 1 folders without one; "
        + "put .jpg files in it, or in one subfolder a class")
    let mixed = try makeFolder(["a.jpg", "class/b.jpg", "class/c.jpg"])
    #expect(message(mixed).hasPrefix("\(mixed): 1 JPEGs lie in this folder and 2 in its subfolders"))
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
