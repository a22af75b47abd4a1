import CKernels
import ModelFormat
import TestSupport

/// A convolution with random contents and its expected output. The memory is laid out as the kernels read it.
struct ConvolutionProblem {
  enum Shortcut: String { case none, identity, inPlace, projection }

  let shape: Shape
  /// The input's codes in NHWC order, halo included: the window of output pixel (0, 0) starts at pixel (0, 0).
  var input: Plane
  var weights: [Int8]
  let shortcut: Plane
  /// The remainders of `shortcut`, in the same order.
  let shortcutRemainders: Plane
  let projectionWeights: [Int8]
  /// For each block, rows of 16 Int32 in the order of `ParameterBlock`.
  var parameters: [Int32]

  struct Shape {
    var height = 3
    var width = 4
    /// Bytes of an input pixel.
    var channels = 16
    /// The number of blocks of 16 output channels, in all groups together.
    var blocks = 1
    var kernel = 3
    var stride = 1
    var dilation = 1
    var groups = 1
    var shortcut = Shortcut.none
    /// Whether the shortcut's tensor has remainders, and whether the output has.
    var shortcutHasRemainders = false
    var outputHasRemainders = false

    var outputChannels: Int { blocks * 16 }
    var shortcutChannels: Int { shortcut == .projection ? 24 : outputChannels }
    var window: WindowRecord {
      WindowRecord(
        kernelHeight: UInt32(kernel), kernelWidth: UInt32(kernel), stride: UInt32(stride), dilation: UInt32(dilation),
        groups: UInt32(groups))
    }
    var windowShape: WindowShape { WindowShape(window, channels: channels) }
    var parameterRows: Int { shortcut == .none ? 3 : shortcut == .projection ? 7 : 5 }
    /// Returns how many rows (or columns) of the input `count` output pixels read.
    func inputLength(_ count: Int) -> Int { (count - 1) * stride + (kernel - 1) * dilation + 1 }
  }

  /// Pixels in memory. Three bytes follow them, since the last segment is rounded up to a multiple of 4 bytes.
  struct Plane {
    let width: Int
    let channels: Int
    var codes: [UInt8]

    init(height: Int, width: Int, channels: Int, codes: (Int) -> [UInt8]) {
      self.width = width
      self.channels = channels
      self.codes = codes(height * width * channels + 3)
    }

    func address(_ y: Int, _ x: Int) -> Int { (y * width + x) * channels }
  }

  init(_ shape: Shape, codes: (Int) -> [UInt8], weights: (Int) -> [Int8], random: inout SeededGenerator) {
    self.shape = shape
    input = Plane(
      height: shape.inputLength(shape.height), width: shape.inputLength(shape.width), channels: shape.channels,
      codes: codes)
    self.weights = weights(shape.outputChannels * shape.windowShape.depth)
    // A projection reads every second pixel.
    let factor = shape.shortcut == .projection ? 2 : 1
    shortcut = Plane(
      height: shape.height * factor, width: shape.width * factor, channels: shape.shortcutChannels, codes: codes)
    shortcutRemainders = Plane(
      height: shape.height * factor, width: shape.width * factor, channels: shape.shortcutChannels, codes: codes)
    projectionWeights = weights(shape.outputChannels * shape.shortcutChannels)

    var parameters: [Int32] = []
    for _ in 0..<shape.blocks {
      for row in 0..<shape.parameterRows {
        let range: ClosedRange<Int32> =
          switch row {
          case ParameterBlock.bias: -200_000...200_000
          // Accumulators are some hundred thousands. With these shifts some fit 16 bits, and others are saturated.
          case ParameterBlock.shift: 0...12
          case ParameterBlock.multiplier: 0...1000
          case ParameterBlock.shortcutMultiplier: -32768...32767
          case ParameterBlock.shortcutShift: 4...31
          case ParameterBlock.projectionBias: -100_000...100_000
          default: 0...8
          }
        parameters += (0..<16).map { _ in .random(in: range, using: &random) }
      }
    }
    // Each end of a range occurs somewhere.
    parameters[ParameterBlock.multiplier * 16] = 32767
    parameters[ParameterBlock.multiplier * 16 + 1] = 0
    parameters[ParameterBlock.shift * 16 + 2] = 31
    parameters[ParameterBlock.bias * 16 + 3] = 1 << 30
    parameters[ParameterBlock.bias * 16 + 4] = -(1 << 30)
    // The smallest shifts make the largest addends of either sign.
    if shape.shortcut != .none {
      for shift in 0..<4 {
        for (lane, multiplier) in [(5 + shift, Int32(-32768)), (9 + shift, 32767)] {
          parameters[ParameterBlock.shortcutShift * 16 + lane] = Int32(shift)
          parameters[ParameterBlock.shortcutMultiplier * 16 + lane] = multiplier
        }
      }
    }
    self.parameters = parameters
  }

  static func random(_ shape: Shape, seed: UInt64 = 1) -> ConvolutionProblem {
    var (codes, weights, parameters) = (
      SeededGenerator(state: seed), SeededGenerator(state: seed + 1), SeededGenerator(state: seed + 2)
    )
    return ConvolutionProblem(
      shape, codes: { codes.bytes($0) }, weights: { weights.weights($0) }, random: &parameters)
  }

  func parameter(_ row: Int, _ channel: Int) -> Int {
    Int(parameters[(channel / 16 * shape.parameterRows + row) * 16 + channel % 16])
  }

  /// Returns the code and the remainder of one output pixel and channel, as docs/numerics.md defines them.
  func expected(_ y: Int, _ x: Int, _ channel: Int) -> (code: UInt8, remainder: UInt8) {
    var accumulator = parameter(ParameterBlock.bias, channel)
    let windowShape = shape.windowShape
    let group = channel / (shape.outputChannels / shape.groups)
    for row in 0..<windowShape.rows {
      for column in 0..<windowShape.columns {
        let first =
          input.address(y * shape.stride + row * shape.dilation, x * shape.stride + column * shape.dilation)
          + group * (shape.channels / shape.groups)
        for byte in 0..<windowShape.length {
          let place = (row * windowShape.columns + column) * windowShape.length + byte
          accumulator += Int(input.codes[first + byte]) * weight(weights, channel, place, depth: windowShape.depth)
        }
      }
    }
    if shape.shortcut != .none {
      let product = shortcutValue(y, x, channel) * parameter(ParameterBlock.shortcutMultiplier, channel)
      accumulator += product >> parameter(ParameterBlock.shortcutShift, channel)
    }
    precondition(Int32(exactly: accumulator) != nil, "the test's own numbers overflow")
    let value = (accumulator >> parameter(ParameterBlock.shift, channel)).saturatedToInt16
    let product = max(value, 0) * parameter(ParameterBlock.multiplier, channel) + 1 << 14
    return ((product >> 15).saturatedToUInt8, UInt8(truncatingIfNeeded: product >> 7))
  }

  private func shortcutValue(_ y: Int, _ x: Int, _ channel: Int) -> Int {
    guard shape.shortcut == .projection else {
      let place = shortcut.address(y, x) + channel
      let code = Int(shortcut.codes[place])
      return shape.shortcutHasRemainders ? 256 * code + Int(shortcutRemainders.codes[place]) - 1 << 15 : code << 7
    }
    var sum = parameter(ParameterBlock.projectionBias, channel) + projected(shortcut, y, x, channel)
    if shape.shortcutHasRemainders { sum += projected(shortcutRemainders, y, x, channel) >> 8 }
    return (sum >> parameter(ParameterBlock.projectionShift, channel)).saturatedToInt16
  }

  private func projected(_ plane: Plane, _ y: Int, _ x: Int, _ channel: Int) -> Int {
    (0..<shape.shortcutChannels).reduce(0) { sum, byte in
      sum + Int(plane.codes[plane.address(2 * y, 2 * x) + byte])
        * weight(projectionWeights, channel, byte, depth: shape.shortcutChannels)
    }
  }

  /// Returns a weight from the packed order `[block][depth / 4][16][4]`.
  private func weight(_ packed: [Int8], _ channel: Int, _ place: Int, depth: Int) -> Int {
    Int(packed[channel / 16 * depth * 16 + place / 4 * 64 + channel % 16 * 4 + place % 4])
  }
}
