/// A float network. Its layers are in topological order, batch norms are already folded, and each residual addition is
/// fused into the convolution that ends its block. The same layers are executed in float, calibrated and quantized.
public struct Graph: Sendable {
  /// The name of the network that was recognized, for people: "resnet50", "CIFAR ResNet-20 (option A)".
  public let name: String
  /// The channels of the input image: 3 for RGB, 1 for grey.
  public let inputChannels: Int
  public let layers: [Layer]
  /// How the checkpoint was read; nil for a graph that was not recognized.
  public let reading: Reading?

  public init(name: String, inputChannels: Int, layers: [Layer], reading: Reading? = nil) {
    self.name = name
    self.inputChannels = inputChannels
    self.layers = layers
    self.reading = reading
  }
}

extension Graph {
  /// For each tensor, how many layers read it as their input, and how many as their shortcut, together.
  package var readerCounts: [Int] {
    var counts = [Int](repeating: 0, count: layers.count + 1)
    for layer in layers {
      counts[layer.input] += 1
      if case .convolution(_, let shortcut?, _) = layer.operation { counts[shortcut.tensor] += 1 }
    }
    return counts
  }
}

/// One operation. Tensor 0 is the network's input, and layer `i` of a graph makes tensor `i + 1`.
public struct Layer: Sendable {
  /// The state-dict prefix of its weights ("layer1.0.conv2"), or the operation's name.
  public let name: String
  /// The index of the tensor that it reads.
  public let input: Int
  public let operation: Operation

  public enum Operation: Sendable {
    /// `output = relu?(convolution(input) + shortcut)`.
    case convolution(Convolution, shortcut: Shortcut?, relu: Bool)
    /// The maximum over a window. Padding counts as minus infinity.
    case maxPool(kernel: Int, stride: Int, padding: Int)
    /// The mean over windows of `size` x `size` pixels side by side. The last ones may reach past the input, where nothing
    /// counts: PyTorch's `AvgPool2d(size, ceil_mode=True, count_include_pad=False)`.
    case averagePool(size: Int)
    /// The maximum over height and width. Only `globalAveragePool`, of its single pixel, may follow.
    case globalMaxPool
    /// The mean over height and width. Only `fullyConnected` may follow.
    case globalAveragePool
    /// `output = weights * input + bias`, where the weights are `outputs` x `inputs`, row-major.
    case fullyConnected(weights: [Float], bias: [Float], inputs: Int, outputs: Int)
  }

  /// The tensor that a residual block adds before its last ReLU.
  public enum Shortcut: Sendable {
    /// The tensor as it is. It has the same shape as the output.
    case identity(tensor: Int)
    /// The tensor through a convolution of its own, which is 1x1 with a stride. Option A's
    /// slice is one with weights 0 and 1.
    case projection(tensor: Int, Convolution)

    public var tensor: Int {
      switch self {
      case .identity(let tensor), .projection(let tensor, _): tensor
      }
    }
  }

  public init(name: String, input: Int, operation: Operation) {
    self.name = name
    self.input = input
    self.operation = operation
  }
}

/// A convolution with bias. It is a cross-correlation, as PyTorch's `Conv2d`, with zero padding on all four sides.
public struct Convolution: Sendable {
  /// The weights as O, H, W, I/groups (OHWI), row-major.
  public var weights: [Float]
  /// One bias per output channel.
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

  /// The multiply-accumulates of one output pixel over all output channels.
  public var multiplyAccumulatesPerPixel: Int { outputChannels * kernelHeight * kernelWidth * (inputChannels / groups) }
}

/// The reason why a graph cannot be run as asked, in a sentence for people, with the remedy.
public struct GraphError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
