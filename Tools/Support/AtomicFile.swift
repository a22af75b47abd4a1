import Platform

/// Writes a file whole or not at all. The bytes go to a temporary file beside it, which is flushed and then renamed
/// over it.
package enum AtomicFile {
  package static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    let target = try destination(path)
    // These signals are ignored for the milliseconds of writing, so that no temporary file stays behind.
    let signals = [SIGINT, SIGTERM, SIGHUP, SIGXFSZ]
    let handlers = signals.map { signal($0, SIG_IGN) }
    defer { for (number, handler) in zip(signals, handlers) { signal(number, handler) } }
    let temporary = "\(target).\(getpid()).tmp"
    // "x" fails where the name exists, so that nothing is written through a link that somebody else put there.
    guard let file = fopen(temporary, "wbx") else { throw failure(path) }
    var isWritten = fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count
    var former = stat()
    if stat(target, &former) == 0 { isWritten = fchmod(fileno(file), former.st_mode & 0o7777) == 0 && isWritten }
    isWritten = fflush(file) == 0 && fsync(fileno(file)) == 0 && isWritten
    let reason = errno
    guard fclose(file) == 0 && isWritten, rename(temporary, target) == 0 else {
      let error = failure(path, isWritten ? errno : reason)
      remove(temporary)
      throw error
    }
  }

  /// Throws where no file can be written at `path`, or where `path` is one of the inputs. Tools call this before long
  /// work, so that they need not fail at its end.
  package static func check(_ path: String, inputs: [String?]) throws {
    let target = try destination(path)
    for input in inputs.compactMap({ $0 }) where URL(fileURLWithPath: input).resolvingSymlinksInPath().path == target {
      throw Refusal("\(path): would overwrite \(input), which is read; give another name")
    }
    guard access(folder(of: target), W_OK) == 0 else { throw failure(path) }
  }

  /// Returns the file to replace: where `path` is a link, what it points to. Throws for folders, devices and pipes.
  private static func destination(_ path: String) throws -> String {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    var status = stat()
    if stat(target, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw Refusal("\(path): a folder; give the name of a file in it")
      default: throw Refusal("\(path): not an ordinary file, and would be replaced by one; give another name")
      }
    }
    guard isFolder(folder(of: target)) == true else {
      throw Refusal("\(path): there is no folder \(folder(of: path)); make it first")
    }
    return target
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ path: String, _ code: Int32 = errno) -> Refusal {
    Refusal("\(path): cannot be written: \(String(cString: strerror(code)))")
  }
}
