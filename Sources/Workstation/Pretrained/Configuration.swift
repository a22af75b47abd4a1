import Graphs
import Preparation

/// What a network's files tell beside its weights. What is nil or empty they do not tell.
public struct Configuration: Sendable {
  /// The properties that names and shapes of tensors cannot tell.
  public internal(set) var architecture = ArchitectureOptions()
  /// How a picture becomes the input.
  public internal(set) var preparation: Preparation?
  /// Of each channel, for pixels in 0...1.
  public internal(set) var mean: [Float]?
  public internal(set) var std: [Float]?
  /// The names of the classes, in their order.
  public internal(set) var labels: [String] = []

  public init() {}

  /// Follows a `config.json`, and the `preprocessor_config.json` beside it.
  package init(_ config: Settings, processor: Settings?) throws {
    if let architecture = try config.string("architecture") {
      try self.init(timm: config, architecture: architecture)
    } else {
      try self.init(transformers: config, processor: processor)
    }
  }
}
