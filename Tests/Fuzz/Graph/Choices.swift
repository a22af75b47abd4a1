/// The bytes of an input as a source of choices. After the last byte every choice is the first one.
struct Choices {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func next() -> UInt8 {
    guard position < bytes.count else { return 0 }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func pick<T>(_ options: [T]) -> T { options[Int(next()) % options.count] }

  /// Whether something happens that most networks do not have.
  mutating func isRare() -> Bool { next() >= 0xF8 }

  /// Returns a few bytes as text.
  mutating func text() -> String {
    let count = Int(next() % 32)
    let text = (0..<count).map { _ in next() }
    return String(decoding: text, as: UTF8.self)
  }
}
