import FloatRuntime
import Graphs
import ModelFormat
import Platform

/// Quantizes a convolution and its shortcut into weights and the integer parameters of docs/numerics.md.
struct ConvolutionQuantizer {
  /// The layer's name, for messages.
  let name: String
  let convolution: Convolution
  let input: InputCoding
  let output: QuantizationParameters
  /// How the weights are rounded.
  let rounding: any WeightRounding
  var shortcut: Shortcut?
  /// Whether the tensor that the shortcut reads has remainders.
  var shortcutHasRemainders = false

  enum Shortcut {
    case identity(QuantizationParameters)
    case projection(Convolution, InputCoding, any WeightRounding)
  }

  /// What the weights of one output channel become.
  private struct Channel {
    /// The float weights, in units of the input's scale.
    let weights: ArraySlice<Float>
    let factor: RequantizationFactor
    /// The real value of one unit of the accumulator.
    let unit: Double
    /// The real value of one unit of a weight.
    let scale: Float
  }

  /// Quantizes all output channels, on all cores.
  ///
  /// - Throws: `QuantizationError` where the shortcut is too large beside the output for integers to hold both.
  func quantize() throws(QuantizationError) -> QuantizedConvolution {
    var kind = ShortcutKind.none
    var projections: [ProjectionChannel] = []
    var packedProjection: PackedWeights?
    switch shortcut {
    case .none: break
    case .identity: kind = ShortcutKind.identity
    case .projection(let projection, let coding, let rounding):
      kind = ShortcutKind.projection
      let weights = concurrentMap(projection.outputChannels) {
        coding.scaled(projection.weights(of: $0), of: projection)
      }
      let scales = concurrentMap(weights.count) { WeightQuantizer.bestScale(weights[$0]) }
      let codes = rounding.codes(weights, scales: scales)
      projections = codes.indices.map {
        ProjectionChannel(
          projection, channel: $0, coding: coding, scale: scales[$0], codes: codes[$0], outputScale: output.scale,
          hasRemainders: shortcutHasRemainders)
      }
      packedProjection = PackedWeights(projection, codes: codes.flatMap(\.self), storedInputs: coding.storedChannels)
    }
    let channels = try concurrentMap(convolution.outputChannels) { index throws(QuantizationError) in
      try self.channel(index, projection: projections.isEmpty ? nil : projections[index])
    }
    let codes = rounding.codes(channels.map(\.weights), scales: channels.map(\.scale))
    var result = QuantizedConvolution(
      weights: PackedWeights(convolution, codes: codes.flatMap(\.self), storedInputs: input.storedChannels),
      projection: packedProjection, units: channels.map(\.unit), shortcutKind: kind)
    for (index, channel) in channels.enumerated() {
      let projection = projections.isEmpty ? nil : projections[index]
      result.append(self.numbers(index, channel, codes[index], projection))
    }
    return result
  }

  /// Chooses the factor and the weight scale of a channel.
  private func channel(_ index: Int, projection: ProjectionChannel?) throws(QuantizationError) -> Channel {
    let weights = input.scaled(convolution.weights(of: index), of: convolution)
    // The lower bound of the requantization factor keeps shortcuts far from the ends of Int32. A channel whose best
    // factor is smaller gets a larger weight scale: at the bound, the rounding of its weights is off by at most 0.56
    // of a code at a depth of 4,608 (docs/numerics.md).
    var smallest = scalbn(1.0, -20)
    if case .identity(let parameters) = shortcut { smallest *= max(1, Double(parameters.scale / output.scale)) }
    if let projection {
      smallest = max(smallest, projection.unit / Double(output.scale) / ShortcutFactor.largest * 1.01)
    }
    guard smallest < 1 else {
      throw QuantizationError(
        "\(name): what its shortcut adds is over \(Int(ShortcutFactor.largest)) times the range of its output; "
          + "these weights cannot be coded in 8 bits; use another checkpoint")
    }
    let factor = requantizationFactor(weights, smallest: smallest)
    let unit = factor.value * Double(output.scale)
    let scale = Float(unit / Double(input.scale))
    guard scale.isNormal else {
      throw QuantizationError(
        "\(name): the ranges of its input and its output are too different for 8 bits; use another checkpoint")
    }
    return Channel(weights: weights, factor: factor, unit: unit, scale: scale)
  }

  /// Returns the numbers of a channel, from the codes of its weights.
  private func numbers(
    _ index: Int, _ channel: Channel, _ codes: [Int8], _ projection: ProjectionChannel?
  ) -> QuantizedConvolution.Numbers {
    let (factor, unit) = (channel.factor, channel.unit)
    var bias = Double(convolution.bias[index]) / unit - input.zeroPointSum(codes, convolution)
    bias += Double(output.zeroPoint) / factor.value
    if factor.shift > 0 { bias += scalbn(0.5, Int(factor.shift)) }
    var tail: [Int32] = []
    if case .identity(let parameters) = shortcut {
      let value = IdentityValue(hasRemainders: shortcutHasRemainders)
      // The kernels round the product of the value and its factor down, which is half a unit too low on average.
      let shortcutFactor = ShortcutFactor(nearest: Double(parameters.scale) / value.perCode / unit)
      bias += 0.5 - value.ofCode(Double(parameters.zeroPoint)) * shortcutFactor.value
      tail = [shortcutFactor.multiplier, shortcutFactor.shift]
    }
    if let projection {
      let shortcutFactor = ShortcutFactor(nearest: projection.unit / unit)
      bias += 0.5 + projection.realBias / unit
      tail = [shortcutFactor.multiplier, shortcutFactor.shift, projection.projectionBias, projection.shift]
    }
    return QuantizedConvolution.Numbers(bias: bias, others: [factor.shift, factor.multiplier] + tail)
  }

  /// Returns the factor whose weight scale leaves the least squared error. Candidates are the factors whose weight
  /// scales lie between the one that clips nothing and half of it.
  private func requantizationFactor(_ weights: ArraySlice<Float>, smallest: Double) -> RequantizationFactor {
    let largest = Double(WeightQuantizer.largestMagnitude(weights)) / 127
    func factor(_ scale: Double) -> Double { Double(input.scale) * scale / Double(output.scale) }
    let first = RequantizationFactor(atLeast: max(factor(largest), smallest))
    guard factor(largest) > smallest else { return first }
    var candidates = [first]
    while let next = candidates.last!.next, next.value >= max(first.value / 2, smallest) { candidates.append(next) }
    return WeightQuantizer.best(weights, among: candidates) {
      Float($0.value * Double(output.scale) / Double(input.scale))
    }!
  }
}

/// The value of an identity shortcut: `code << 7`, or `256 * code + remainder - 2^15`.
private struct IdentityValue {
  let hasRemainders: Bool

  var perCode: Double { hasRemainders ? 256 : 128 }

  /// Returns the value that stands for a code exactly. The remainder of an exact code is 128.
  func ofCode(_ code: Double) -> Double { code * perCode + (hasRemainders ? 128 - 32768 : 0) }
}

/// One output channel of a projection. The kernels bring its accumulator to 16 bits, `(accumulator + projectionBias) >> shift`,
/// and add that, times a `ShortcutFactor`, to the accumulator of the block's last convolution.
private struct ProjectionChannel {
  let projectionBias: Int32
  let shift: Int32
  /// The real value of one unit of the 16-bit value.
  let unit: Double
  /// The projection's own bias, as a real number.
  let realBias: Double

  init(
    _ convolution: Convolution, channel: Int, coding: InputCoding, scale: Float, codes: [Int8], outputScale: Float,
    hasRemainders: Bool
  ) {
    // The 16 bits need not reach further, in either direction, than the weights can, nor than 8
    // times the output's whole range.
    let reach = codes.reduce(0) { $0 + abs(Int($1)) } * (hasRemainders ? 256 : 255)
    let accumulatorUnit = Double(scale) * Double(coding.scale)
    let range = min(Double(max(reach, 1)), 8 * 255 * Double(outputScale) / accumulatorUnit)
    shift = Int32(max(0, min(31, Int((log2(range / 32767)).rounded(.up)))))
    let rounding = shift > 0 ? scalbn(0.5, Int(shift)) : 0
    // 128 / 256 of each weight, and half a unit, since the kernels round the remainders' sum down.
    let remainders = hasRemainders ? 0.5 - 0.5 * Double(codes.reduce(0) { $0 + Int($1) }) : 0
    projectionBias = Int32(bias: rounding - coding.zeroPointSum(codes, convolution) + remainders)
    unit = scalbn(accumulatorUnit, Int(shift))
    realBias = Double(convolution.bias[channel])
  }
}

extension Convolution {
  /// Returns the HWI weights of one output channel.
  func weights(of channel: Int) -> ArraySlice<Float> {
    let count = weights.count / outputChannels
    return weights[channel * count..<(channel + 1) * count]
  }
}
