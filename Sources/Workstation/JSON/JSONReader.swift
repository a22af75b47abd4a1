import Platform

/// What a JSON file may have at most. A network's configuration has a few thousand values, and the index of its tensors one
/// for each. So whatever a file holds takes 256 MB at most.
package enum JSONLimit {
  package static let byteCount = 16 << 20
  package static let values = 1 << 18
  /// Values inside each other.
  package static let depth = 100
}

extension JSONValue {
  /// Reads a file. Its size and depth are limited, and no two members of an object may have the same name.
  ///
  /// - Throws: `JSONError` where the file is missing, beyond a `JSONLimit`, or no JSON in UTF-8.
  package init(contentsOf path: String) throws(JSONError) {
    let bytes: [UInt8]
    do {
      let file = try RegularFile(path)
      guard file.byteCount <= JSONLimit.byteCount else { throw JSONError.tooLarge(path) }
      bytes = try file.prefix(file.byteCount)
    } catch let error as JSONError {
      throw error
    } catch {
      throw JSONError(path: path, place: nil, found: "it cannot be read: \(error)", remedy: "check the path")
    }
    try self.init(bytes, path: path)
  }

  /// Reads the bytes of a file, as `init(contentsOf:)` does. `path` names the file in messages.
  package init(_ bytes: [UInt8], path: String) throws(JSONError) {
    guard bytes.count <= JSONLimit.byteCount else { throw JSONError.tooLarge(path) }
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(JSONError) in
        do throws(JSONScanner.Failure) {
          var scanner = JSONScanner(bytes)
          var count = 0
          let value = try JSONValue(&scanner, depth: 0, count: &count)
          try scanner.expectEnd()
          return value
        } catch {
          throw JSONError(error, in: bytes, path: path)
        }
      }
    }
    self = try result.get()
  }

  /// - Parameters:
  ///   - depth: the number of values around this one.
  ///   - count: the number of values read so far.
  private init(_ scanner: inout JSONScanner, depth: Int, count: inout Int) throws(JSONScanner.Failure) {
    count += 1
    guard depth <= JSONLimit.depth else {
      throw scanner.failure("more than \(JSONLimit.depth) values inside each other")
    }
    guard count <= JSONLimit.values else { throw scanner.failure("more than \(JSONLimit.values) values") }
    switch scanner.next() {
    case UInt8(ascii: "{"):
      var object = JSONObject()
      try scanner.members { scanner, name throws(JSONScanner.Failure) in
        let text = try String(json: name, scanner)
        guard !object.contains(text) else { throw scanner.failure("a second member '\(text.printable)'", in: name) }
        object.add(text, try JSONValue(&scanner, depth: depth + 1, count: &count))
      }
      self = .object(object)
    case UInt8(ascii: "["):
      var array: [JSONValue] = []
      try scanner.items { scanner throws(JSONScanner.Failure) in
        array.append(try JSONValue(&scanner, depth: depth + 1, count: &count))
      }
      self = .array(array)
    case UInt8(ascii: "\""):
      let text = try scanner.string()
      self = .string(try String(json: text, scanner))
    case let byte? where byte == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte:
      try self.init(number: &scanner)
    case _ where scanner.word("null"): self = .null
    case _ where scanner.word("true"): self = .bool(true)
    case _ where scanner.word("false"): self = .bool(false)
    default: throw scanner.failure("no value")
    }
  }

  private init(number scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    let text = String(decoding: try scanner.number(), as: UTF8.self)
    if let integer = Int(text) {
      self = .integer(integer)
    } else if let number = Double(text), number.isFinite {
      self = .number(number)
    } else {
      throw scanner.failure("the number \(text), too large")
    }
  }
}
