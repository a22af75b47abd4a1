import Quantization

/// What a layer of a model costs. Energies are sums of squares, over all images.
public struct LayerAnalysis: Sendable {
  public let name: String
  /// What it computes in short, such as "3x3 /2 + shortcut".
  public let operation: String
  /// The index of the tensor that it makes; nil for the head, which makes the logits.
  public let tensor: Int?
  /// The int8 model as it runs: this layer's output beside the float network's. Nil where it is never whole in memory.
  let together: Energies?
  /// What only the layer's own quantization costs; nil where it quantizes nothing, as a max pool.
  let alone: Alone?
  /// The values of its output in the float network; nil for the head.
  public let values: Values?
  /// The weights of each output channel, with the batch norm folded in; empty for pools.
  public let weights: [WeightChannel]
  /// Whether its output adds a shortcut.
  public let isResidualSum: Bool
  /// Whether one convolution alone reads its output, so that a channel can be scaled there and back without changing the network.
  public let isInner: Bool

  /// The cost of a layer in a network that is float's but for this layer.
  struct Alone: Sendable {
    /// The logits beside float's.
    var logits = Energies()
    /// Its output as codes beside float's.
    var output = Energies()
    /// The energy at its output that the rounding of the weights adds.
    var weights = 0.0
    /// The energy at its output that its coding adds.
    var coding = CodingLosses()
    /// The energy at the logits that the coding adds in all channels but the widest; 0 where none is much wider than others.
    var otherChannels = 0.0

    static func += (sum: inout Alone, other: Alone) {
      sum.logits += other.logits
      sum.output += other.output
      sum.weights += other.weights
      sum.coding += other.coding
      sum.otherChannels += other.otherChannels
    }

    var noise: Double { weights + coding.rounding + coding.clipping }
  }

  /// The values of a tensor in the float network.
  public struct Values: Sendable {
    public let histogram: Histogram
    public let channels: ChannelRanges
    public let count: Int
    /// What the model's codes span.
    public let codedRange: (low: Float, high: Float)
    public let hasRemainders: Bool
  }

  /// Signal to noise ratio of its output, with everything before it quantized too, in decibels. Nil where the output is
  /// streamed: never whole in memory, so that nothing can be compared.
  public var togetherDecibels: Double? { together?.decibels }
  /// Signal to noise ratio of the logits where only this layer is quantized, in decibels.
  public var aloneDecibels: Double? { alone?.logits.decibels }
  /// How much larger the relative noise at the logits is than at the layer's output, in decibels: below 0 where the layers
  /// after it average noise away. Nil where there is none, and for the head.
  public var sensitivity: Double? {
    guard let alone, tensor != nil, alone.output.noise > 0, alone.logits.noise > 0 else { return nil }
    return alone.output.decibels - alone.logits.decibels
  }
  /// The shares of the noise at its output: rounded weights, rounded values, clipped values. Nil where there is none.
  public var shares: (weights: Double, rounding: Double, clipping: Double)? {
    guard let alone, alone.noise > 0 else { return nil }
    return (alone.weights / alone.noise, alone.coding.rounding / alone.noise, alone.coding.clipping / alone.noise)
  }
  /// The share of the noise at the logits that the widest channel has no part in; 0 where none is much wider than others.
  var otherChannelsShare: Double {
    guard let alone, alone.logits.noise > 0 else { return 0 }
    return alone.otherChannels / alone.logits.noise
  }
  /// The number of its values that the model clips.
  public var clippedCount: Int { alone?.coding.clippedCount ?? 0 }
}

/// The weights of one output channel.
public struct WeightChannel: Sendable {
  public let largest: Float
  public let rootMeanSquare: Float

  init(_ weights: some Collection<Float>) {
    largest = weights.reduce(0) { max($0, abs($1)) }
    let energy = weights.reduce(0.0) { $0 + Double($1) * Double($1) }
    rootMeanSquare = Float((energy / Double(weights.count)).squareRoot())
  }
}
