/// A float tensor of a checkpoint: `values` in row-major (C) order of `shape`, whatever order the file stored.
public struct Tensor: Sendable, Equatable {
  /// Length of each dimension, outermost first; empty for a scalar. Convolution weights are O, I/groups, H, W.
  public let shape: [Int]
  /// Every element, widened or narrowed to float32; `shape`'s product of them.
  public let values: [Float]

  public init(shape: [Int], values: [Float]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values do not fill shape \(shape)")
    self.shape = shape
    self.values = values
  }
}

/// A trained network's named tensors, as read from a PyTorch state dict or a `.safetensors` file.
public struct Checkpoint: Sendable {
  /// The file it came from, for messages.
  public let path: String
  /// Floating-point tensors by state-dict name, without prefixes such as `module.`.
  public let tensors: [String: Tensor]

  public init(path: String, tensors: [String: Tensor]) {
    self.path = path
    self.tensors = tensors
  }
}

/// Why a file was refused as a checkpoint: where, what was found there, and what to do about it.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The file as the caller named it.
  public let path: String
  /// Bytes from the file's start to what was found; nil where the file as a whole is at fault.
  public let offset: Int?
  public let found: String
  public let remedy: String

  /// "model.pth: byte 137: global os.system; save the weights alone: ..."
  public var description: String {
    "\(path): \(offset.map { "byte \($0): " } ?? "")\(found); \(remedy)"
  }
}

/// Remedies that several refusals share.
enum Remedy {
  static let download = "the file is damaged or incomplete: copy or download it again"
  static let saveStateDict = "save the weights alone: torch.save(model.state_dict(), path)"
  static let saveAgain = "load it in a current PyTorch and save it again: torch.save(model.state_dict(), path)"
  static let formats = "give a state dict written by torch.save, or a .safetensors file"
}
