/// A JSON value (RFC 8259), complete.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number without a fraction and an exponent that fits `Int`.
  case integer(Int)
  /// Any other number. It is finite.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The kind of the value in words, for messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object, in the text's order. No two have the same name.
package struct JSONObject: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: JSONValue
  }

  package private(set) var members: [Member] = []
  /// The members' indices by the bytes of their names. (`String` compares what Unicode's normalization makes of a text, in
  /// time that can grow with its square.)
  private var indices: [[UInt8]: Int] = [:]

  package subscript(name: String) -> JSONValue? { indices[Array(name.utf8)].map { members[$0].value } }

  func contains(_ name: String) -> Bool { indices[Array(name.utf8)] != nil }

  /// - Parameter name: one that the object does not contain.
  mutating func add(_ name: String, _ value: JSONValue) {
    indices[Array(name.utf8)] = members.count
    members.append(Member(name: name, value: value))
  }
}
