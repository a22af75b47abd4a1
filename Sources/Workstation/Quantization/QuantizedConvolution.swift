import ModelFormat

/// The integers of a convolution and its shortcut, as the file holds them.
struct QuantizedConvolution {
  let weights: PackedWeights
  let projection: PackedWeights?
  /// The real value of one unit of each channel's accumulator.
  let units: [Double]
  let shortcutKind: UInt32
  private var channels: [Numbers] = []

  /// The numbers of one output channel.
  struct Numbers {
    /// The bias before it is rounded, in units of the accumulator.
    var bias: Double
    /// The numbers of the other rows of a `ParameterBlock`, in their order.
    var others: [Int32]
  }

  init(weights: PackedWeights, projection: PackedWeights?, units: [Double], shortcutKind: UInt32) {
    (self.weights, self.projection, self.units, self.shortcutKind) = (weights, projection, units, shortcutKind)
  }

  mutating func append(_ numbers: Numbers) { channels.append(numbers) }

  /// Adds a real number to each channel's bias.
  mutating func addToBiases(_ corrections: [Double]) {
    for (index, correction) in corrections.enumerated() { channels[index].bias += correction / units[index] }
  }

  /// The parameters of all channels: `ParameterBlock`s, one after the other.
  var parameterBlocks: [Int32] {
    let rows = ParameterBlock.rowCount(shortcutKind: shortcutKind)
    let blocks = (channels.count + channelsPerBlock - 1) / channelsPerBlock
    var parameters = [Int32](repeating: 0, count: blocks * rows * channelsPerBlock)
    for (index, channel) in channels.enumerated() {
      for (row, value) in ([Int32(bias: channel.bias)] + channel.others).enumerated() {
        parameters[(index / channelsPerBlock * rows + row) * channelsPerBlock + index % channelsPerBlock] = value
      }
    }
    return parameters
  }
}
