import JSON
import Platform

/// The members of a JSON object in a configuration file, read with a type.
package struct Settings {
  /// The path of the file, for messages.
  let path: String
  /// The names that lead to the object, each followed by a point.
  private let place: String
  private let object: JSONObject

  /// Reads a file whose whole is an object.
  init(contentsOf path: String) throws {
    let value: JSONValue
    do { value = try JSONValue(contentsOf: path) } catch { throw ConfigurationError("\(error)") }
    try self.init(value, path: path)
  }

  /// - Parameter value: the whole of the file at `path`.
  package init(_ value: JSONValue, path: String) throws { try self.init(value, path: path, place: "") }

  private init(_ value: JSONValue, path: String, place: String) throws {
    guard case .object(let object) = value else {
      throw ConfigurationError(
        "\(path): \(place.isEmpty ? "it" : String(place.dropLast())) is \(value.kind), not an object")
    }
    (self.path, self.place, self.object) = (path, place, object)
  }

  var names: [String] { object.members.map(\.name) }

  func has(_ name: String) -> Bool { value(name) != nil }

  func isObject(_ name: String) -> Bool { if case .object? = value(name) { true } else { false } }

  /// Returns a member that is neither missing nor null.
  private func value(_ name: String) -> JSONValue? {
    switch object[name] {
    case nil, .null?: nil
    case let value?: value
    }
  }

  func settings(_ name: String) throws -> Settings? {
    try value(name).map { try Settings($0, path: path, place: "\(place)\(name).") }
  }

  func string(_ name: String) throws -> String? {
    try read(name, "a string") { if case .string(let text) = $0 { text } else { nil } }
  }

  func bool(_ name: String) throws -> Bool? {
    try read(name, "true or false") { if case .bool(let bool) = $0 { bool } else { nil } }
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    try read(name, "an integer of \(range)") {
      if case .integer(let integer) = $0, range ~= integer { integer } else { nil }
    }
  }

  func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
    try read(name, "a number of \(range)") { $0.double.flatMap { range ~= $0 ? $0 : nil } }
  }

  func numbers(_ name: String) throws -> [Double]? {
    try read(name, "an array of numbers") { value in
      guard case .array(let array) = value else { return nil }
      let numbers = array.compactMap(\.double)
      return numbers.count == array.count ? numbers : nil
    }
  }

  func strings(_ name: String) throws -> [String]? {
    try read(name, "an array of strings") { value in
      guard case .array(let array) = value else { return nil }
      let strings = array.compactMap { if case .string(let text) = $0 { text } else { nil } }
      return strings.count == array.count ? strings : nil
    }
  }

  /// Throws that a setting cannot be followed, with what would do.
  func refusal(_ name: String, _ problem: String) -> ConfigurationError {
    ConfigurationError("\(path.printable): \(place)\(name.printable) \(problem)")
  }

  private func read<T>(_ name: String, _ expected: String, _ convert: (JSONValue) -> T?) throws -> T? {
    guard let value = value(name) else { return nil }
    guard let converted = convert(value) else {
      throw refusal(name, "is \(value.shown), and \(expected) is expected; copy or download the file again")
    }
    return converted
  }
}

extension JSONValue {
  fileprivate var double: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }

  /// The value for messages.
  fileprivate var shown: String {
    switch self {
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .string(let text): "'\(text.printable)'"
    default: kind
    }
  }
}

/// The reason why a network's folder cannot be followed: the file, the setting and the remedy.
public struct ConfigurationError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
