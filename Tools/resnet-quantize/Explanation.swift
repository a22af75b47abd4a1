import Analysis
import Platform
import ToolSupport

/// Why a layer costs what it does, and what helps, in sentences.
struct Explanation {
  struct Reason {
    let cause: String
    /// What the reader can do; nil where nothing stands out.
    let remedy: String?
  }

  let reasons: [Reason]

  init(of layer: LayerAnalysis, in analysis: Analysis) {
    let causes = analysis.causes(of: layer)
    reasons =
      causes.isEmpty
      ? Self.nothing(layer, analysis).map { Reason(cause: $0, remedy: nil) }
      : causes.map { Reason(cause: Self.words($0), remedy: Self.remedy($0, layer)) }
  }

  /// Explains what all layers have in common; without reasons where that is nothing.
  init(of analysis: Analysis) {
    reasons = analysis.causes.map { Reason(cause: Self.words($0), remedy: Self.remedy($0, nil)) }
  }

  /// What is said where a layer's noise reaches the logits this many decibels more than that of the median layer.
  private static let notable = 3.0

  private static func nothing(_ layer: LayerAnalysis, _ analysis: Analysis) -> [String] {
    guard let shares = layer.shares else { return [] }
    let parts = [
      (shares.weights, "rounded weights"), (shares.rounding, "rounded values"), (shares.clipping, "clipped values"),
    ]
    let largest = parts.max { $0.0 < $1.0 }!
    let sentence =
      "nothing stands out: \(largest.1) make \(LayerCells.short(largest.0)) of it, which is what 8 bits leave"
    let sensitivities = analysis.layers.compactMap(\.sensitivity).sorted()
    guard let sensitivity = layer.sensitivity else { return [sentence] }
    let excess = sensitivity - sensitivities[sensitivities.count / 2]
    guard excess >= notable else { return [sentence] }
    return [
      sentence,
      "on its way to the logits it is damped \(excess.formatted(decimals: 1)) dB less than that of the median layer",
    ]
  }

  private static func words(_ cause: Cause) -> String {
    switch cause {
    case .wideChannel(let index, let ratio):
      "channel \(index) is \(times(ratio)) as wide as the median channel, and its codes are as coarse for all others"
    case .narrowRange(let share, let ratio):
      "clipped values make \(LayerCells.short(share)) of it: these pictures want a range \(times(ratio)) as wide as the "
        + "model's"
    case .saturation(let fraction): "\(percent(fraction)) of its values are beyond the model's range"
    case .clippedTail(let share):
      "clipped values make \(LayerCells.short(share)) of it, in a range that suits most of these pictures: a long tail"
    case .largeWeight(let channel, let ratio, let share):
      "rounded weights make \(LayerCells.short(share)) of it: the largest weight of channel \(channel) is \(times(ratio)) "
        + "the channel's root mean square"
    case .nearestWeights(let share):
      "rounded weights make \(LayerCells.short(share)) of it, each rounded to the nearest on its own"
    case .residualSums(let share):
      "residual sums, rounded to 8 bits, make \(LayerCells.short(share)) of it"
    }
  }

  private static func remedy(_ cause: Cause, _ layer: LayerAnalysis?) -> String {
    switch cause {
    case .wideChannel(let index, let ratio):
      guard layer?.isInner == true else {
        return "no option helps, since shortcuts or pools read it too; try another checkpoint"
      }
      let factor = Int(exp2(log2(ratio).rounded()))
      return
        "in the checkpoint, divide channel \(index)'s batch norm weight and bias by \(factor), and multiply the next "
        + "convolution's weights for input channel \(index) by \(factor): the network stays the same"
    case .narrowRange, .saturation:
      return "quantize with more --calibration pictures, some 500, like those the network will see"
    case .clippedTail:
      return
        "quantize with more --calibration pictures, or compare with --method min-max, which clips nothing it has seen"
    case .largeWeight: return "no option helps; try another checkpoint, trained with more weight decay"
    case .nearestWeights: return "quantize with --rounding error-spreading, the default"
    case .residualSums: return "quantize with --residual-bits 16, the default"
    }
  }

  private static func times(_ ratio: Double) -> String { ratio.formatted(decimals: 1) + " times" }
}
