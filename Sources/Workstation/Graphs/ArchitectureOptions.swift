import Platform

/// The properties of a network that a checkpoint's names and shapes cannot tell. Their defaults are torchvision's.
public struct ArchitectureOptions: Sendable, Equatable {
  /// Whether bottleneck blocks stride in their first 1x1 convolution (the paper's ResNet v1) and not in the 3x3 (v1.5).
  public var strideIn1x1: Bool
  /// The stages, out of 2, 3 and 4, that dilate in place of striding: torchvision's `replace_stride_with_dilation`.
  public var dilatedStages: Set<Int>
  /// Whether blocks add a shortcut. Those of the plain networks of He et al. 2015 do not. Their tensors look like those
  /// of a CIFAR ResNet with option A.
  public var shortcuts: Bool

  public init(strideIn1x1: Bool = false, dilatedStages: Set<Int> = [], shortcuts: Bool = true) {
    self.strideIn1x1 = strideIn1x1
    self.dilatedStages = dilatedStages
    self.shortcuts = shortcuts
  }
}

/// The reason why a checkpoint's tensors make no supported network.
public struct ArchitectureError: Error, Equatable, CustomStringConvertible {
  /// The path of the checkpoint's file.
  public let path: String
  /// The problem in words: what was missing, left over or of another shape, and what would do.
  public let problem: String

  public var description: String { "\(path.printable): \(problem)" }

  static let supported =
    "supported are state dicts of torchvision's ResNet, ResNeXt and Wide ResNet, CIFAR ResNets (3x3 stem, layer1 to"
    + " layer3) and labml's ResNetBase"
}
