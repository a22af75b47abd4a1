import Foundation
import Synchronization
import Testing
import ToolSupport

/// Tests the files that tools write, above all what a signal, a limit or an earlier run leaves behind.
@Suite(.serialized) struct AtomicFileTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "atomic-file-\(UUID())").path
  private var path: String { folder + "/model.rn8" }

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }

  private var contents: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  private func write(_ text: String, to path: String) throws {
    try Array(text.utf8).withUnsafeBytes(AtomicFile(path).write)
  }

  private func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func status(_ path: String) throws -> stat {
    var status = stat()
    try #require(stat(path, &status) == 0)
    return status
  }

  @Test func aNewFileReplacesTheOld() throws {
    try write("old", to: path)
    let old = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    let inode = try status(path).st_ino
    try write("new", to: path)
    #expect(try status(path).st_ino != inode, "the old file was written to")
    #expect(try old.readToEnd() == Data("old".utf8), "who has the old file open reads it to its end")
    #expect(try read(path) == "new")
    #expect(try contents == ["model.rn8"])
    try write("", to: path)
    #expect(try read(path) == "")
  }

  @Test func modes() throws {
    let mask = umask(0o027)
    defer { umask(mask) }
    try write("new", to: path)
    #expect(try status(path).st_mode & 0o7777 == 0o640, "a new file has the mode that the umask leaves")
    try #require(chmod(path, 0o604) == 0)
    try write("again", to: path)
    #expect(try status(path).st_mode & 0o7777 == 0o604, "a replaced file passes its mode on")
  }

  @Test func linksAreFollowed() throws {
    try FileManager.default.createDirectory(atPath: folder + "/models", withIntermediateDirectories: false)
    try write("old", to: folder + "/models/real.rn8")
    try #require(symlink("models/real.rn8", path) == 0)
    try write("new", to: path)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "models/real.rn8")
    #expect(try read(folder + "/models/real.rn8") == "new")
    #expect(try contents == ["model.rn8", "models"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/models") == ["real.rn8"])
  }

  /// What runs that were killed have left does not stand in the way, whatever their process numbers were.
  @Test func leftTemporaries() throws {
    for process in [getpid() - 1, getpid(), getpid() + 1] {
      try Data().write(to: URL(fileURLWithPath: "\(path).\(process).tmp"))
    }
    try write("new", to: path)
    try write("again", to: path)
    #expect(try read(path) == "again")
    #expect(try contents.count == 4)
  }

  /// Names that the file system allows for the file are long enough for no temporary's name to be longer.
  @Test func longNames() throws {
    let longest = folder + "/" + String(repeating: "a", count: 255)
    try write("new", to: longest)
    #expect(try read(longest) == "new")
    #expect(throws: Refusal("\(longest)a: cannot be written: File name too long")) { try AtomicFile(longest + "a") }
  }

  @Test func refusedPlaces() throws {
    try #require(symlink("nowhere", folder + "/dangling") == 0)
    try #require(symlink("loop", folder + "/loop") == 0)
    try #require(mkfifo(folder + "/pipe", 0o600) == 0)
    let before = try contents
    func expectRefusal(_ path: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(throws: Refusal("\(path): \(message)"), sourceLocation: sourceLocation) { try AtomicFile(path) }
    }
    expectRefusal(
      folder + "/dangling", "a link to a file that does not exist; give that file's name, or remove the link")
    expectRefusal(folder + "/loop", "cannot be written: Too many levels of symbolic links")
    expectRefusal(folder, "a folder; give the name of a file in it")
    for special in [folder + "/pipe", "/dev/null"] {
      expectRefusal(special, "not an ordinary file, and would be replaced by one; give another name")
    }
    expectRefusal(folder + "/none/a", "there is no folder \(folder)/none; make it first")
    #expect(throws: Refusal("'': not the name of a file; give one")) { try AtomicFile("") }
    #expect(throws: Refusal("'\(folder)/a/': not the name of a file; give one")) { try AtomicFile(folder + "/a/") }
    #expect(try contents == before)
  }

  /// The superuser may write in a read-only folder, but not in /proc.
  @Test func aFolderThatTakesNoFile() throws {
    let locked = geteuid() == 0 ? "/proc" : folder + "/locked"
    if geteuid() != 0 { try #require(mkdir(locked, 0o500) == 0) }
    #expect(throws: Refusal.self) { try AtomicFile(locked + "/model.rn8") }
  }

  @Test func inputs() throws {
    try write("input", to: folder + "/input")
    try #require(symlink("input", folder + "/link") == 0)
    try #require(link(folder + "/input", folder + "/hard") == 0)
    for name in ["input", "link", "hard"] {
      let refusal = Refusal("\(folder)/\(name): would overwrite \(folder)/input, which is read; give another name")
      let file = try AtomicFile("\(folder)/\(name)")
      #expect(throws: refusal) { try file.requireApart(from: [folder + "/none", folder + "/input"]) }
      try file.requireApart(from: [folder + "/none"])
    }
    try AtomicFile(folder + "/new").requireApart(from: [folder + "/none", folder + "/input"])
  }

  @Test func twoOutputs() throws {
    let one = try AtomicFile(folder + "/one")
    let refusal = Refusal("\(folder)/./one: would overwrite \(folder)/one, which is written too; give another name")
    #expect(throws: refusal) { try AtomicFile(folder + "/./one").requireApart(from: one) }
    try AtomicFile(folder + "/two").requireApart(from: one)
  }

  private static let handled = Atomic(0)

  /// Runs `body` on this thread with a handler of a signal that counts in `handled`. Threads of a pool block all signals.
  private func handling(_ number: Int32, _ body: () throws -> Void) rethrows {
    Self.handled.store(0, ordering: .relaxed)
    let handler = signal(number) { _ in AtomicFileTests.handled.add(1, ordering: .relaxed) }
    var (own, mask) = (sigset_t(), sigset_t())
    sigaddset(&own, number)
    pthread_sigmask(SIG_UNBLOCK, &own, &mask)
    defer {
      pthread_sigmask(SIG_SETMASK, &mask, nil)
      signal(number, handler)
    }
    try body()
  }

  private var handledCount: Int { Self.handled.load(ordering: .relaxed) }

  /// A signal that comes during the work acts after it.
  @Test func signalsWaitForTheWork() {
    handling(SIGHUP) {
      HeldSignals.hold {
        #expect(!HeldSignals.haveCome)
        raise(SIGHUP)
        raise(SIGHUP)
        #expect(HeldSignals.haveCome)
        #expect(handledCount == 0, "the signal did not wait")
      }
      #expect(handledCount == 1, "the signal was lost")
      HeldSignals.hold { #expect(!HeldSignals.haveCome) }
      #expect(handledCount == 1)
      raise(SIGHUP)
      #expect(handledCount == 2, "the former handler is not back")
    }
  }

  @Test func ignoredSignalsStayIgnored() {
    handling(SIGHUP) {
      signal(SIGHUP, SIG_IGN)
      HeldSignals.hold {
        raise(SIGHUP)
        #expect(!HeldSignals.haveCome)
      }
    }
  }

  /// A write beyond a limit on file sizes fails in place of ending the program.
  @Test func theSignalOfFileSizesIsIgnored() {
    handling(SIGXFSZ) {
      HeldSignals.hold {
        raise(SIGXFSZ)
        #expect(!HeldSignals.haveCome)
      }
      #expect(handledCount == 0)
      raise(SIGXFSZ)
      #expect(handledCount == 1, "the former handler is not back")
    }
  }

  /// A signal comes as soon as there is a temporary file. The old file stays, or the new one is whole.
  @Test func aSignalDuringTheWrite() throws {
    try write("old", to: path)
    let bytes = [UInt8](repeating: 7, count: 200 << 20)
    let file = try AtomicFile(path)
    try handling(SIGHUP) { () throws in
      let folder = folder
      let watcher = DispatchGroup()
      let isOver = Atomic(false)
      DispatchQueue.global().async(group: watcher) {
        while !isOver.load(ordering: .relaxed)
          && (try? FileManager.default.contentsOfDirectory(atPath: folder).count) == 1
        {}
        kill(getpid(), SIGHUP)
      }
      let isWritten = (try? bytes.withUnsafeBytes(file.write)) != nil
      isOver.store(true, ordering: .relaxed)
      watcher.wait()
      // Another thread's signal may take a while to arrive.
      for _ in 0..<10_000 where handledCount == 0 { usleep(1000) }
      #expect(handledCount == 1)
      #expect(try contents == ["model.rn8"])
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == (isWritten ? Data(bytes) : Data("old".utf8)))
    }
  }
}
