/// Why a network could not be quantized, in a sentence for people.
public struct QuantizationError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
