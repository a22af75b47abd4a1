import Platform

/// Writes all bytes to a file that is open. It gives up where a signal has come that `HeldSignals` holds.
///
/// - Parameter path: the file's name, for messages.
package func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
  var rest = bytes[...]
  while !rest.isEmpty {
    let part = rest.prefix(1 << 20)
    let count = Platform.write(descriptor, UnsafeRawBufferPointer(rebasing: part).baseAddress, part.count)
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { throw writingFailure(path) }
    guard !HeldSignals.haveCome else { throw Refusal("\(path): not written, since a signal came") }
    rest = rest.dropFirst(count)
  }
}

package func writingFailure(_ path: String, _ code: Int32 = errno) -> Refusal {
  Refusal("\(path): cannot be written: \(String(cString: strerror(code)))")
}
