import ModelFormat
import Testing

/// A change of a model, with the reason for which the model is refused then. Where the change is allowed, there is none:
/// it goes as far as the rule lets it, and its neighbour in the table goes one step further.
struct Change: Sendable, CustomTestStringConvertible {
  let name: String
  let refusal: ModelError?
  let make: @Sendable (inout HandmadeModel) -> Void

  var testDescription: String { name }

  static func allowed(_ name: String, _ make: @escaping @Sendable (inout HandmadeModel) -> Void) -> Change {
    Change(name: name, refusal: nil, make: make)
  }

  static func refused(
    _ name: String, _ refusal: ModelError = .invalid, _ make: @escaping @Sendable (inout HandmadeModel) -> Void
  ) -> Change {
    Change(name: name, refusal: refusal, make: make)
  }
}

extension Change {
  func check() {
    var model = HandmadeModel()
    make(&model)
    #expect(whyRefused(model.bytes) == refusal, "\(name)")
  }
}
