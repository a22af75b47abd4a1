/// A tool's refusal of its input. The description is the message that the user reads.
package struct Refusal: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
