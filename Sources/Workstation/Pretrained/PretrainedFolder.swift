import Checkpoints
import Graphs
import Platform

/// A folder as Hugging Face's hub has it, of a network of transformers or of timm: `config.json`, the weights, and what else
/// tells how the network is used.
public struct PretrainedFolder {
  public let weights: CheckpointFile
  public let configuration: Configuration

  /// Reads a folder's configuration and finds its tensors.
  ///
  /// - Throws: `ConfigurationError` where the folder has no configuration or one that cannot be followed, or no weights;
  ///   `CheckpointError` where the weights cannot be read.
  public init(path: String) throws {
    guard FileKind(of: "\(path)/config.json") != nil else {
      throw ConfigurationError(
        "\(path.printable): a folder without config.json; give a file, or a folder as Hugging Face's hub has it")
    }
    let processor = "\(path)/preprocessor_config.json"
    configuration = try Configuration(
      Settings(contentsOf: "\(path)/config.json"),
      processor: FileKind(of: processor) == nil ? nil : Settings(contentsOf: processor))
    weights = try Self.weights(in: path)
  }

  /// The names that weights have, the preferred ones first.
  private static let files = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"]

  private static func weights(in path: String) throws -> CheckpointFile {
    guard let name = files.first(where: { FileKind(of: "\(path)/\($0)") == .file }) else {
      throw ConfigurationError(
        "\(path.printable): no \(files.joined(separator: " or ")) beside config.json; download it too")
    }
    return try CheckpointFile(at: "\(path)/\(name)")
  }
}
