import Platform

/// A float32 tensor of a checkpoint. Its `values` are in row-major (C) order of `shape`,
/// whatever order the file stored.
public struct Tensor: Sendable, Equatable {
  /// The length of each dimension, outermost first; empty for a scalar. Convolution weights are O, I/groups, H, W.
  public let shape: [Int]
  /// All elements, widened or narrowed to float32. Their count is the product of `shape`.
  public let values: [Float]

  public init(shape: [Int], values: [Float]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values do not fill shape \(shape)")
    self.shape = shape
    self.values = values
  }
}

/// The named tensors of a trained network.
public struct Checkpoint: Sendable {
  /// The path of the file, for messages.
  public let path: String
  /// The floating-point tensors by their names.
  public let tensors: [String: Tensor]

  public init(path: String, tensors: [String: Tensor]) {
    self.path = path
    self.tensors = tensors
  }
}

/// The reason why a file was refused as a checkpoint: where, what was found there, and what to do about it.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The path of the file, as the caller gave it.
  public let path: String
  /// The offset of what was found, in bytes from the file's start; nil where the file as a whole is at fault.
  public let offset: Int?
  public let found: String
  public let remedy: String

  /// The message in one line: "model.pth: byte 137: no zip header of r/data/0; the file is ..."
  public var description: String {
    "\(path.printable): \(offset.map { "byte \($0): " } ?? "")\(found); \(remedy)"
  }
}

/// The remedies that several refusals share.
enum Remedy {
  static let download = "the file is damaged or incomplete: copy or download it again"
  static let saveStateDict = "save the weights alone: torch.save(model.state_dict(), path)"
  static let saveAgain = "load it in a current PyTorch and save it again: torch.save(model.state_dict(), path)"
  static let saveFloats = "save it as a plain tensor of float32"
  static let renameTensor = "rename it in the state dict, or leave it out"
  static let formats = "give a state dict written by torch.save, or a .safetensors file"
}
