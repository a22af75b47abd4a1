import Quantization

/// A reason why a layer, or the whole model, costs what it does, with the number that decides it.
public enum Cause: Sendable, Equatable {
  /// A channel of the output is so many times as wide as half of the others, and the noise is mostly theirs: the step between
  /// codes, which suits it, is coarse for them.
  case wideChannel(index: Int, ratio: Double)
  /// Clipped values make this share of the noise, and the best range for the analysed pictures is so many times as wide as the
  /// model's: calibration saw other values.
  case narrowRange(share: Double, ratio: Double)
  /// This fraction of the output's values is beyond the range.
  case saturation(fraction: Double)
  /// Clipped values make this share of the noise, in a range that suits the analysed pictures: a long tail.
  case clippedTail(share: Double)
  /// The weights make this share of the noise, and the largest weight of a channel is so many times the channel's root mean
  /// square: the step of the channel's weights is coarse for the others.
  case largeWeight(channel: Int, ratio: Double, share: Double)
  /// Of all layers: the weights make this share of the noise, and each is rounded to the nearest on its own.
  case nearestWeights(share: Double)
  /// Of all layers: residual sums that are rounded to 8 bits make this share of the noise.
  case residualSums(share: Double)
}

extension Analysis {
  /// Half of the noise: what makes as much is worth a remedy, since without it the layer gains 3 dB.
  static let largeShare = 0.5
  /// A channel this many times as wide as the median one takes 2 of the 8 bits from half of the channels. Most layers of
  /// trained ResNets have 1.3 to 3.5.
  package static let wideChannelRatio = 4.0
  /// The range that least squares chooses changes by a tenth from some hundred pictures to others of their kind.
  static let narrowRangeRatio = 1.25
  /// Least squares clips a few values in 100,000; one in a hundred is no tail any more.
  static let saturatedFraction = 0.01
  /// 127 codes reach so many times the root mean square: the codes of most weights are then -8...8. The largest of thousands
  /// of normally distributed weights is 4 times.
  static let largeWeightRatio = 16.0

  /// A layer that costs less than this part of the average one needs no remedy, whatever its noise is made of.
  static let averagePart = 0.5

  /// Returns the causes that stand out in a layer, the strongest kind first; none where its noise is what 8 bits leave, or little.
  public func causes(of layer: LayerAnalysis) -> [Cause] {
    guard let shares = layer.shares, share(of: layer) * Double(layers.count) >= Self.averagePart else { return [] }
    var causes: [Cause] = []
    if let widest = layer.values?.channels.widest, widest.ratio >= Self.wideChannelRatio,
      layer.otherChannelsShare >= Self.largeShare
    {
      causes.append(.wideChannel(index: widest.index, ratio: widest.ratio))
    }
    if shares.clipping >= Self.largeShare {
      causes.append(
        layer.wantedRangeRatio >= Self.narrowRangeRatio
          ? .narrowRange(share: shares.clipping, ratio: layer.wantedRangeRatio) : .clippedTail(share: shares.clipping))
    }
    let clipped = Double(layer.clippedCount) / Double(layer.values?.count ?? 1)
    if clipped >= Self.saturatedFraction { causes.append(.saturation(fraction: clipped)) }
    if shares.weights >= Self.largeShare, layer.tensor != nil {
      if let largest = layer.largestWeight, largest.ratio >= Self.largeWeightRatio {
        causes.append(.largeWeight(channel: largest.channel, ratio: largest.ratio, share: shares.weights))
      }
    }
    return causes
  }
}

extension Analysis {
  /// Without a tenth of its noise the model gains half a decibel: more than two quantizations of one network differ by.
  static let modelShare = 0.1

  /// The causes that are the same in all layers, and that an option of the quantizer takes away.
  public var causes: [Cause] {
    var causes: [Cause] = []
    let weights = share { $0.weights }
    if areWeightsNearest, weights >= Self.modelShare { causes.append(.nearestWeights(share: weights)) }
    let hasRemainders = layers.contains { $0.values?.hasRemainders == true }
    let sums = share({ $0.rounding }, of: layers.filter(\.isResidualSum))
    if !hasRemainders, sums >= Self.modelShare { causes.append(.residualSums(share: sums)) }
    return causes
  }

  /// Returns the share of the noise of all layers that a part of the noise of some of them makes.
  private func share(
    _ part: ((weights: Double, rounding: Double, clipping: Double)) -> Double, of some: [LayerAnalysis]? = nil
  ) -> Double {
    (some ?? layers).reduce(0) { sum, layer in sum + share(of: layer) * (layer.shares.map(part) ?? 0) }
  }
}

extension LayerAnalysis {
  /// The channel whose largest weight is the largest beside its root mean square, and that ratio.
  public var largestWeight: (channel: Int, ratio: Double)? {
    let ratios = weights.map { $0.rootMeanSquare > 0 ? Double($0.largest) / Double($0.rootMeanSquare) : 0 }
    guard let channel = ratios.indices.max(by: { ratios[$0] < ratios[$1] }) else { return nil }
    return (channel, ratios[channel])
  }

  /// How many times as wide as the model's the range of least squared error for the analysed pictures is.
  public var wantedRangeRatio: Double {
    guard let values else { return 1 }
    let wanted = values.histogram.quantizationParameters(.mse)
    return Double(255 * wanted.scale) / Double(values.codedRange.high - values.codedRange.low)
  }
}
