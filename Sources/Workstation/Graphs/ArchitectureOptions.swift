import Platform

/// The properties of a network that a checkpoint's names and shapes cannot tell. What is nil is assumed, and the graph's
/// `reading` says so.
public struct ArchitectureOptions: Sendable, Equatable {
  public enum Activation: String, Sendable, CaseIterable {
    case relu
  }

  /// The pooling over height and width before the classifier.
  public enum HeadPooling: String, Sendable, CaseIterable {
    case average, max
  }

  /// The stride of the first convolution.
  public var stemStride: Int?
  /// Whether a 3x3 max pool with stride 2 follows the stem.
  public var maxPool: Bool?
  /// The stride of the first stage. It is 1 nearly everywhere; Hugging Face's `downsample_in_first_stage` makes it 2.
  public var firstStageStride: Int?
  public var activation: Activation?
  /// The number that batch normalization adds to the variance. PyTorch's default is 1e-5.
  public var batchNormEpsilon: Double?
  /// Whether bottleneck blocks stride in their first 1x1 convolution (the paper's ResNet v1) and not in the 3x3 (v1.5).
  public var strideIn1x1: Bool?
  public var headPooling: HeadPooling?
  /// The stages, out of 2, 3 and 4, that dilate in place of striding: torchvision's `replace_stride_with_dilation`.
  public var dilatedStages: Set<Int>
  /// Whether blocks add a shortcut. Those of the plain networks of He et al. 2015 do not. Their tensors look like those
  /// of a CIFAR ResNet with option A.
  public var shortcuts: Bool?
  /// Whether the graph ends in the pooled features, and the classifier is left out.
  public var features: Bool

  public init(
    stemStride: Int? = nil, maxPool: Bool? = nil, firstStageStride: Int? = nil, activation: Activation? = nil,
    batchNormEpsilon: Double? = nil, strideIn1x1: Bool? = nil, headPooling: HeadPooling? = nil,
    dilatedStages: Set<Int> = [], shortcuts: Bool? = nil, features: Bool = false
  ) {
    self.stemStride = stemStride
    self.maxPool = maxPool
    self.firstStageStride = firstStageStride
    self.activation = activation
    self.batchNormEpsilon = batchNormEpsilon
    self.strideIn1x1 = strideIn1x1
    self.headPooling = headPooling
    self.dilatedStages = dilatedStages
    self.shortcuts = shortcuts
    self.features = features
  }
}

/// The reason why a checkpoint's tensors make no supported network.
public struct ArchitectureError: Error, Equatable, CustomStringConvertible {
  /// The path of the checkpoint's file.
  public let path: String
  /// The problem in words: what was missing, left over or of another shape, and what would do.
  public let problem: String

  public var description: String { "\(path.printable): \(problem)" }

  /// - Parameter tensors: what is there, in words.
  static func noNetwork(path: String, tensors: String) -> ArchitectureError {
    ArchitectureError(
      path: path, problem: "unknown architecture: no \(Naming.anchors) among \(tensors); \(supported)")
  }

  static let supported =
    "supported are state dicts of ResNets, ResNeXts and Wide ResNets with the names of torchvision, timm, Hugging Face,"
    + " kuangliu, weiaicunzai or labml; --rename brings other names to these"
}
