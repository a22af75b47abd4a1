import FloatRuntime
import Graphs
import Platform

/// How a convolution's input is coded: `real = scale * (code - offset)`, with an offset, and for the image a scale, of each
/// channel's own.
struct InputCoding {
  let scale: Float
  /// Bytes of a pixel in memory.
  let storedChannels: Int
  /// What real 0 would be in codes: one value a channel, or one for all.
  private let zeros: [Double]
  /// What channels' weights are multiplied by so that one scale serves all; empty where it already does.
  private let channelScales: [Float]

  init(_ parameters: QuantizationParameters, storedChannels: Int) {
    scale = parameters.scale
    self.storedChannels = storedChannels
    zeros = [Double(parameters.zeroPoint)]
    channelScales = []
  }

  /// The image's bytes: `real = (code / 255 - mean) / std`, so that the code of real 0 is 255 times the mean.
  init(image normalization: Normalization) {
    scale = 1
    storedChannels = normalization.mean.count
    zeros = normalization.mean.map { Double($0) * 255 }
    channelScales = normalization.std.map { 1 / (255 * $0) }
  }

  /// One output channel's HWI weights, for codes in place of real values.
  func scaled(_ weights: ArraySlice<Float>, of convolution: Convolution) -> ArraySlice<Float> {
    if channelScales.isEmpty { return weights }
    precondition(convolution.groups == 1, "the first convolution has groups")
    return ArraySlice(weights.enumerated().map { $1 * channelScales[$0 % channelScales.count] })
  }

  /// What the sum of codes times quantized weights has too much: each weight times its channel's zero.
  func offset(of codes: [Int8], _ convolution: Convolution) -> Double {
    if zeros.count == 1 { return Double(codes.reduce(0) { $0 + Int($1) }) * zeros[0] }
    return codes.enumerated().reduce(0) { $0 + Double($1.element) * zeros[$1.offset % zeros.count] }
  }

  /// The codes that stand for padding, as `TensorRecord.fill` holds them.
  var fill: UInt32 {
    (0..<4).reduce(0) { fill, channel in
      let zero = zeros.count == 1 ? zeros[0] : channel < zeros.count ? zeros[channel] : 0
      return fill | UInt32(UInt8(max(0, min(255, zero.rounded())))) << (8 * UInt32(channel))
    }
  }
}
