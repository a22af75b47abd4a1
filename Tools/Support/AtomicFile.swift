import Platform

/// A file that is written whole or not at all. The bytes go to a temporary file in its folder, which is flushed and
/// then renamed over it.
///
/// Where the path is a link, the file that it leads to is replaced, and the link stays. A file that is replaced passes
/// its mode on; a new one gets the mode that the umask leaves.
package struct AtomicFile {
  private let path: String
  /// The absolute path of the file itself, without links.
  private let target: String

  /// Finds the file's place. Tools do so before long work, so that they need not fail at its end: it throws where
  /// no file can be made there.
  package init(_ path: String) throws {
    self.path = path
    target = try destination(path)
    // `/dev/stdout` leads to an ordinary file where the shell redirects to one.
    if let own = status(target) {
      for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
        var printed = stat()
        guard fstat(descriptor, &printed) != 0 || !printed.isSameFile(as: own) else {
          throw Refusal("\(path): would replace the file that messages go to; give another name")
        }
      }
    }
    // Only making a file shows everything that forbids it, such as a file system that is read-only.
    try HeldSignals.hold {
      let temporary = try makeTemporary()
      close(temporary.descriptor)
      unlink(temporary.path)
    }
  }

  /// Throws where the file is one of the inputs, under whatever name.
  package func requireApart(from inputs: some Sequence<String>) throws {
    guard let own = status(target) else { return }
    for input in inputs where status(input)?.isSameFile(as: own) == true {
      throw Refusal("\(path): would overwrite \(input), which is read; give another name")
    }
  }

  /// Throws where both are one file.
  package func requireApart(from other: AtomicFile) throws {
    guard target != other.target else {
      throw Refusal("\(path): would overwrite \(other.path), which is written too; give another name")
    }
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try HeldSignals.hold {
      let temporary = try makeTemporary()
      do {
        try fill(temporary.descriptor, with: bytes)
        guard rename(temporary.path, target) == 0 else { throw writingFailure(path) }
      } catch {
        unlink(temporary.path)
        throw error
      }
    }
  }

  /// Makes an empty file beside the target, with a name that no earlier run has left behind. It is short, so that it
  /// fits wherever the target's does.
  private func makeTemporary() throws -> (descriptor: Int32, path: String) {
    let name = "resnet-int8-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
    let temporary = folder(of: target) + "/" + name
    // O_EXCL fails where the name exists, so that nothing is written through a link that somebody else put there.
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw writingFailure(path) }
    return (descriptor, temporary)
  }

  /// Writes and flushes all bytes, and closes the file.
  private func fill(_ descriptor: Int32, with bytes: UnsafeRawBufferPointer) throws {
    var isOpen = true
    defer { if isOpen { close(descriptor) } }
    if let former = status(target), fchmod(descriptor, former.st_mode & 0o7777) != 0 { throw writingFailure(path) }
    try ToolSupport.write(bytes, to: descriptor, path: path)
    guard fsync(descriptor) == 0 else { throw writingFailure(path) }
    isOpen = false
    guard close(descriptor) == 0 else { throw writingFailure(path) }
  }
}

/// Returns the file that a path leads to. Throws for folders, devices, pipes, and links that lead nowhere.
private func destination(_ path: String) throws -> String {
  guard let name = path.split(separator: "/", omittingEmptySubsequences: false).last, !name.isEmpty else {
    throw Refusal("'\(path)': not the name of a file; give one")
  }
  if let target = resolved(path) {
    switch FileKind(of: target) {
    case .file: return target
    case .folder: throw Refusal("\(path): a folder; give the name of a file in it")
    default: throw Refusal("\(path): not an ordinary file, and would be replaced by one; give another name")
    }
  }
  guard errno == ENOENT else { throw writingFailure(path) }
  var link = stat()
  guard lstat(path, &link) != 0 else {
    throw Refusal("\(path): a link to a file that does not exist; give that file's name, or remove the link")
  }
  guard let folder = resolved(folder(of: path)), FileKind(of: folder) == .folder else {
    throw Refusal("\(path): there is no folder \(folder(of: path)); make it first")
  }
  return (folder == "/" ? "" : folder) + "/" + name
}

/// Returns the absolute path without links; nil, with the reason in `errno`, where there is nothing.
private func resolved(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

private func status(_ path: String) -> stat? {
  var status = stat()
  return stat(path, &status) == 0 ? status : nil
}

extension stat {
  fileprivate func isSameFile(as other: stat) -> Bool { st_dev == other.st_dev && st_ino == other.st_ino }
}

/// Returns the folder that a path's last component lies in.
package func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
