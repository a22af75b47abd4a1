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
