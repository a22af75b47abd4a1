/// The normalization that turns a byte into the number a network was trained on, `(byte / 255 - mean) / std`, as
/// torchvision's `ToTensor` and `Normalize` do.
public struct Normalization: Sendable, Equatable {
  /// The mean of each channel, for bytes scaled to 0 ... 1.
  public var mean: [Float]
  /// The standard deviation of each channel, for bytes scaled to 0 ... 1.
  public var std: [Float]

  public init(mean: [Float], std: [Float]) {
    precondition(mean.count == std.count)
    self.mean = mean
    self.std = std
  }

  /// The means that images scaled to 0 ... 1 can have.
  public static let means: ClosedRange<Float> = 0...1
  /// The standard deviations that are taken. That of a network which reads bytes as they are is 1/255. Numbers far from
  /// 1 are mistakes, and activations would overflow.
  public static let standardDeviations: ClosedRange<Float> = 1e-4...1e4

  /// torchvision's normalization for RGB.
  public static let imageNet = Normalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

  /// The normalized numbers of bytes 0 ... 255: 256 for each channel, channel by channel.
  var values: [Float] {
    zip(mean, std).flatMap { mean, std in (0..<256).map { (Float($0) / 255 - mean) / std } }
  }
}
