import Foundation
import Images
import Testing

/// What lies under a JPEG's name and is no file. A pipe that nobody writes to would stop the test.
@Suite struct FileKinds {
  /// Returns a folder with a pipe, a socket, a device, a folder, a link to each, a link to nothing, and a picture.
  private func makeKinds(_ subfolder: String = "") throws -> String {
    let folder = try makeFolder([], folders: [subfolder, "\(subfolder)/folder.jpg"])
    let path = subfolder.isEmpty ? folder : "\(folder)/\(subfolder)"
    #expect(mkfifo("\(path)/pipe.jpg", 0o600) == 0)
    #expect(mknod("\(path)/socket.jpg", S_IFSOCK | 0o600, 0) == 0)
    for (name, target) in [("device", "/dev/zero"), ("link", "pipe.jpg"), ("none", "nowhere"), ("photo", "a/b.jpg")] {
      #expect(symlink(target, "\(path)/\(name).jpg") == 0)
    }
    try FileManager.default.createDirectory(atPath: "\(path)/a", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: fixture("grey.jpg"), toPath: "\(path)/a/b.jpg")
    return folder
  }

  @Test(arguments: [
    ("pipe", "a pipe, not a file"), ("socket", "a socket, not a file"), ("device", "a device, not a file"),
    ("folder", "a folder, not a file"), ("link", "a pipe, not a file"), ("none", "No such file or directory"),
    ("missing", "No such file or directory"),
  ])
  func refused(_ name: String, _ reason: String) throws {
    let path = "\(try makeKinds())/\(name).jpg"
    let error = ImageError.unreadable(path: path, reason: reason)
    #expect(throws: error) { _ = try Image(contentsOf: path, channels: 3) }
    #expect(error.description == "\(path): cannot be read: \(reason)")
  }

  @Test func linkToAFile() throws {
    #expect(try Image(contentsOf: "\(try makeKinds())/photo.jpg", channels: 1).width == 25)
  }

  @Test func leftOutOfFolders() throws {
    let flat = try makeKinds()
    try FileManager.default.removeItem(atPath: "\(flat)/a/b.jpg")
    let folder = try ImageFolder(path: flat)
    #expect(folder.entries.map { $0.path } == ["\(flat)/none.jpg", "\(flat)/photo.jpg"])
    #expect("\(folder.leftOut)" == "pipes, sockets or devices: 4")

    let classes = try makeKinds("class")
    let classified = try ImageFolder(path: classes)
    #expect(classified.classNames == ["class"])
    let names = ["none.jpg", "photo.jpg", "a/b.jpg"]
    #expect(classified.entries.map { $0.path } == names.map { "\(classes)/class/\($0)" })
    #expect("\(classified.leftOut)" == "pipes, sockets or devices: 4")
  }

  @Test func notAFolderOfImages() throws {
    let path = "\(try makeKinds())/pipe.jpg"
    #expect(throws: ImageError.folder(path: path, reason: "a pipe, not a folder of images")) {
      _ = try ImageFolder(path: path)
    }
  }

  @Test func namesReachNoTerminalRaw() {
    let path = "photos/\u{1B}]0;title\u{7}.jpg"
    #expect(
      ImageError.unreadable(path: path, reason: "No such file or directory").description
        == "photos/\\u{1B}]0;title\\u{7}.jpg: cannot be read: No such file or directory")
  }
}
