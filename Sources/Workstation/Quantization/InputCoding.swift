import FloatRuntime
import Graphs
import Platform

/// The coding of a convolution's input, `real = scale * channelScale * (code - zeroPoint)`. The image has a zero point and a
/// channel scale for each channel. Other tensors have one zero point for all channels and no channel scales.
struct InputCoding {
  let scale: Float
  /// The bytes of a pixel in memory.
  let storedChannels: Int
  /// The code of real 0, as a real number. There is one per channel, or one for all.
  private let zeroPoints: [Double]
  /// The scale of each channel, which its weights are multiplied by so that `scale` serves all channels.
  /// Empty where `scale` already does.
  private let channelScales: [Float]

  init(_ parameters: QuantizationParameters, storedChannels: Int) {
    scale = parameters.scale
    self.storedChannels = storedChannels
    zeroPoints = [Double(parameters.zeroPoint)]
    channelScales = []
  }

  /// The coding of the image's bytes, `real = (code / 255 - mean) / std`. The code of real 0 is 255 times the mean.
  init(image normalization: Normalization) {
    scale = 1
    storedChannels = normalization.mean.count
    zeroPoints = normalization.mean.map { Double($0) * 255 }
    channelScales = normalization.std.map { 1 / (255 * $0) }
  }

  /// Returns one output channel's HWI weights, multiplied by the scales of their input channels. They then apply to
  /// codes in place of real values.
  func scaled(_ weights: ArraySlice<Float>, of convolution: Convolution) -> ArraySlice<Float> {
    if channelScales.isEmpty { return weights }
    precondition(convolution.groups == 1, "the first convolution has groups")
    return ArraySlice(weights.enumerated().map { $1 * channelScales[$0 % channelScales.count] })
  }

  /// Returns by how much the sum of codes times quantized weights is too large, since a code is not 0 where its real
  /// value is. It is the sum of each weight times its channel's zero point.
  func zeroPointSum(_ codes: [Int8], _ convolution: Convolution) -> Double {
    if zeroPoints.count == 1 { return Double(codes.reduce(0) { $0 + Int($1) }) * zeroPoints[0] }
    return codes.enumerated().reduce(0) { $0 + Double($1.element) * zeroPoints[$1.offset % zeroPoints.count] }
  }

  /// The codes that stand for padding, packed as in `TensorRecord.fill`.
  var fill: UInt32 {
    (0..<4).reduce(0) { fill, channel in
      let zero = zeroPoints.count == 1 ? zeroPoints[0] : channel < zeroPoints.count ? zeroPoints[channel] : 0
      return fill | UInt32(UInt8(max(0, min(255, zero.rounded())))) << (8 * UInt32(channel))
    }
  }
}
