import Platform
import ToolSupport

/// Reads class names from a text file, one a line. A byte order mark is not part of the first name, and a line may end
/// as on Windows.
///
/// - Parameters:
///   - count: the number of classes, which must be that of the lines.
///   - network: the name of what has these classes, for messages.
func readLabels(_ path: String, count: Int, of network: String) throws -> [String] {
  let text = try read(path)
  let newline = UInt8(ascii: "\n")
  let lineCount = text.count { $0 == newline } + (text.isEmpty || text.last == newline ? 0 : 1)
  guard lineCount == count else {
    throw Refusal("\(path): \(lineCount) labels for the \(count) classes of \(network); give one a line")
  }
  return try text.split(separator: newline, maxSplits: count, omittingEmptySubsequences: false).prefix(count)
    .enumerated().map { index, line in
      do throws(Refusal) {
        return try label(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
      } catch {
        throw Refusal("\(path), line \(index + 1): \(error.description); give UTF-8 text with one class name a line")
      }
    }
}

/// Returns the labels of a configuration. There may be none.
///
/// - Parameter network: the name of what has these classes, for messages.
func check(_ labels: [String], count: Int, of network: String) throws -> [String] {
  guard labels.isEmpty || labels.count == count else {
    throw Refusal("\(network): its configuration has \(labels.count) labels for \(count) classes; give --labels")
  }
  return try labels.enumerated().map { index, text in
    do throws(Refusal) {
      return try label(Array(text.utf8)[...])
    } catch {
      throw Refusal("\(network): label \(index) of its configuration: \(error.description); give --labels")
    }
  }
}

/// The most bytes that a file of labels may have.
private let largestFile = 64 << 20
/// The most bytes that a label may have.
private let longestLabel = 1000

/// Returns the bytes of a file, without a byte order mark.
private func read(_ path: String) throws -> ArraySlice<UInt8> {
  do {
    let file = try RegularFile(path)
    guard file.byteCount <= largestFile else { throw Refusal("\(file.byteCount) bytes are more than \(largestFile)") }
    let bytes = try file.prefix(file.byteCount)
    guard String(validating: bytes, as: UTF8.self) != nil else { throw Refusal("not UTF-8") }
    return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
  } catch {
    throw Refusal("\(path): cannot be read: \(error); give UTF-8 text with one class name a line")
  }
}

private func label(_ line: ArraySlice<UInt8>) throws(Refusal) -> String {
  guard !line.isEmpty else { throw Refusal("empty") }
  guard line.count <= longestLabel else { throw Refusal("\(line.count) bytes are more than \(longestLabel)") }
  let label = String(decoding: line, as: UTF8.self)
  // A NUL ends each label in the model; others would reach the terminals of those who use it.
  if let control = label.unicodeScalars.first(where: { $0.properties.generalCategory == .control }) {
    throw Refusal("the control character \(String(control).printable)")
  }
  return label
}
