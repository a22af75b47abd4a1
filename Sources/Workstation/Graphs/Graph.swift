/// A float network in topological order, batch norm already folded, each residual addition fused into the
/// convolution that ends its block. The same layers are executed in float, calibrated and quantized.
public struct Graph: Sendable {
  /// What was recognized, for people: "resnet50", "CIFAR ResNet-20 (option A)".
  public let name: String
  /// Channels of the input image: 3 for RGB, 1 for grey.
  public let inputChannels: Int
  public let layers: [Layer]

  public init(name: String, inputChannels: Int, layers: [Layer]) {
    self.name = name
    self.inputChannels = inputChannels
    self.layers = layers
  }
}

/// One operation. Tensor 0 is the network's input; layer `i` of a graph produces tensor `i + 1`.
public struct Layer: Sendable {
  /// The state-dict prefix of its weights ("layer1.0.conv2"), or the operation's name.
  public let name: String
  /// Index of the tensor it reads.
  public let input: Int
  public let operation: Operation

  public enum Operation: Sendable {
    /// `output = relu?(convolution(input) + shortcut)`.
    case convolution(Convolution, shortcut: Shortcut?, relu: Bool)
    /// Maximum over a window; padding counts as minus infinity.
    case maxPool(kernel: Int, stride: Int, padding: Int)
    /// Mean over height and width: the network's last layer but for `fullyConnected`.
    case globalAveragePool
    /// `output = weights * input + bias`; weights are `outputs` x `inputs`, row-major.
    case fullyConnected(weights: [Float], bias: [Float], inputs: Int, outputs: Int)
  }

  /// What a residual block adds before its last ReLU.
  public enum Shortcut: Sendable {
    /// The tensor as it is; same shape as the output.
    case identity(tensor: Int)
    /// The tensor through a convolution of its own (1x1 with a stride; option A's slice is one with weights 0 and 1).
    case projection(tensor: Int, Convolution)
  }

  public init(name: String, input: Int, operation: Operation) {
    self.name = name
    self.input = input
    self.operation = operation
  }
}

/// A convolution with bias. Cross-correlation, as PyTorch's `Conv2d`; zero padding on all four sides.
public struct Convolution: Sendable {
  /// O, H, W, I/groups (OHWI), row-major.
  public var weights: [Float]
  /// One an output channel.
  public var bias: [Float]
  public let inputChannels: Int
  public let outputChannels: Int
  public let kernelHeight: Int
  public let kernelWidth: Int
  public let stride: Int
  public let padding: Int
  public let dilation: Int
  public let groups: Int

  public init(
    weights: [Float], bias: [Float], inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
    stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
  ) {
    precondition(weights.count == outputChannels * kernelHeight * kernelWidth * (inputChannels / groups))
    precondition(bias.count == outputChannels)
    self.weights = weights
    self.bias = bias
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  /// Multiply-accumulates of one output pixel over all channels.
  public var multiplyAccumulatesPerPixel: Int { outputChannels * kernelHeight * kernelWidth * (inputChannels / groups) }
}

/// Why a graph cannot be run as asked: in a sentence for people, with the remedy.
public struct GraphError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
