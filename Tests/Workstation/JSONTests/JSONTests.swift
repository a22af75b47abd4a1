import Foundation
import JSON
import Testing

@Suite struct JSONTests {
  private func value(_ text: String) throws -> JSONValue { try JSONValue(Array(text.utf8), path: "x") }

  private func refusal(_ bytes: [UInt8]) throws -> JSONError {
    try #require(throws: JSONError.self) { try JSONValue(bytes, path: "x") }
  }

  @Test(arguments: [
    ("null", JSONValue.null), (" \t\r\n true ", .bool(true)), ("false", .bool(false)),
    ("0", .integer(0)), ("-0", .integer(0)), ("-17", .integer(-17)), ("9223372036854775807", .integer(.max)),
    ("9223372036854775808", .number(0x1p63)), ("0.875", .number(0.875)), ("1e-5", .number(1e-5)),
    ("-1.5E+2", .number(-150)), ("2e3", .number(2000)),
    ("\"\"", .string("")), ("\"é 重み\"", .string("é 重み")),
    (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
    (#""\u00e9\u91CD\u0000\uD83d\ude42""#, .string("é重\0🙂")),
    ("[]", .array([])), ("[1,[2], null]", .array([.integer(1), .array([.integer(2)]), .null])),
  ])
  func values(_ text: String, _ value: JSONValue) throws {
    #expect(try self.value(text) == value)
  }

  @Test func objects() throws {
    guard case .object(let object) = try value(#"{"b": 1, "": {}, "e\u0301": 2, "é": 3}"#) else {
      Issue.record("no object")
      return
    }
    #expect(object.members.map { Array($0.name.utf8) } == ["b", "", "e\u{301}", "é"].map { Array($0.utf8) })
    #expect(object["b"] == .integer(1))
    #expect(object["e\u{301}"] == .integer(2))
    #expect(object["é"] == .integer(3))
    #expect(object["a"] == nil)
  }

  @Test(arguments: [
    ("", 1, 1, "no value"), (" ", 1, 2, "no value"), ("nul", 1, 1, "no value"), ("NaN", 1, 1, "no value"),
    ("\u{FEFF}1", 1, 1, "no value"), ("'a'", 1, 1, "no value"), ("[1", 1, 3, "no ']'"), ("[1 2]", 1, 4, "no ']'"),
    ("[1,]", 1, 4, "no value"), ("{\"a\":1,}", 1, 8, "no '\"'"), ("{a:1}", 1, 2, "no '\"'"),
    ("{\"a\" 1}", 1, 6, "no ':'"), ("{\"a\":1", 1, 7, "no '}'"), ("1 1", 1, 3, "more text after the end"),
    ("01", 1, 2, "more text after the end"), ("-", 1, 2, "no digit"), ("1.", 1, 3, "no digit"),
    (".5", 1, 1, "no value"), ("+1", 1, 1, "no value"), ("1e", 1, 3, "no digit"), ("-Infinity", 1, 2, "no digit"),
    ("1e999", 1, 6, "the number 1e999, too large"), ("\"a", 1, 1, "a string that does not end"),
    ("\"a\\\"", 1, 1, "a string that does not end"), ("\"\n\"", 1, 2, "a control character in a string"),
    ("[\n  1,\n  é]", 3, 3, "no value"), ("{\"é\":\n 1, \"é\": 2}", 2, 5, "a second member 'é'"),
    (#"{"a":1,"\u0061":2}"#, 1, 8, "a second member 'a'"),
    (#""\x""#, 1, 1, "an escape that means nothing"),
    (#""\u12g4""#, 1, 1, "an escape that means nothing"),
    (#""\u+123""#, 1, 1, "an escape that means nothing"),
    (#""\u12""#, 1, 1, "an escape that means nothing"),
    (#""\ud800""#, 1, 1, "an escape that means nothing"),
    (#""\udc00""#, 1, 1, "an escape that means nothing"),
    (#""\ud800\u0041""#, 1, 1, "an escape that means nothing"),
  ])
  func refusals(_ text: String, _ line: Int, _ column: Int, _ found: String) throws {
    let error = try refusal(Array(text.utf8))
    #expect(error.found == found)
    #expect(error.place?.line == line && error.place?.column == column)
    #expect(error.description.hasPrefix("x: line \(line), column \(column): \(found); the file is damaged"))
  }

  @Test(arguments: [[0xFF], [0xC0, 0x80], [0xE9], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
  func otherEncodings(_ bytes: [UInt8]) throws {
    #expect(try refusal([0x22] + bytes + [0x22]).found == "a string that is not in UTF-8")
    #expect(try refusal([0x7B, 0x22] + bytes + Array("\":1}".utf8)).found == "a string that is not in UTF-8")
    #expect(try refusal(bytes).found == "no value")
  }

  // MARK: Limits

  @Test func depth() throws {
    func nested(_ count: Int) -> [UInt8] { Array("\(String(repeating: "[", count: count))1".utf8) }
    let most = nested(100) + [UInt8](repeating: UInt8(ascii: "]"), count: 100)
    #expect(throws: Never.self) { try JSONValue(most, path: "x") }
    #expect(try refusal(nested(101)).found == "more than 100 values inside each other")
    #expect(try refusal(nested(1_000_000)).found == "more than 100 values inside each other")
  }

  @Test func count() throws {
    func numbers(_ count: Int) -> [UInt8] {
      Array("[\(Array(repeating: "1", count: count).joined(separator: ","))]".utf8)
    }
    #expect(throws: Never.self) { try JSONValue(numbers((1 << 18) - 1), path: "x") }
    #expect(try refusal(numbers(1 << 18)).found == "more than 262144 values")
  }

  @Test func size() throws {
    let most = [UInt8](repeating: UInt8(ascii: " "), count: 16 << 20)
    #expect(try refusal(most).found == "no value")
    #expect(try refusal(most + [0x20]).found == "more than 16 MB, which is not read as JSON")
  }

  @Test func longNumber() throws {
    #expect(try value(String(repeating: "1", count: 64)) == .number(Double(String(repeating: "1", count: 64))!))
    #expect(try refusal(Array(repeating: UInt8(ascii: "1"), count: 65)).found == "a number of more than 64 characters")
  }

  @Test func files() throws {
    let error = try #require(throws: JSONError.self) { try JSONValue(contentsOf: "/dev/null") }
    #expect(error.description == "/dev/null: it cannot be read: a device, not a file; check the path")
    #expect(throws: JSONError.self) { try JSONValue(contentsOf: "/nonexistent/config.json") }
    let path = FileManager.default.temporaryDirectory.appending(path: "resnet-int8-\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: path) }
    try Data("[1]".utf8).write(to: path)
    #expect(try JSONValue(contentsOf: path.path) == .array([.integer(1)]))
  }

  @Test func kinds() throws {
    #expect(
      try ["null", "true", "1", "1.5", "\"\"", "[]", "{}"].map { try value($0).kind }
        == ["null", "a boolean", "a number", "a number", "a string", "an array", "an object"])
  }
}
