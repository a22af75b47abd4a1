import Evaluation
import FloatRuntime
import Foundation
import Graphs
import ModelFormat
import Quantization
import TestSupport
import Testing

/// Tests the integers of a convolution against docs/numerics.md: its weights, factors and biases, channel by channel, and
/// that each factor is the best of all that are possible.
@Suite struct ConvolutionParametersTests {
  private static let (inputs, outputs) = (16, 16)
  private static let input = QuantizationParameters(scale: 0.02, zeroPoint: 3)
  private static let output = QuantizationParameters(scale: 0.05, zeroPoint: 77)
  private static let shortcut = QuantizationParameters(scale: 0.03, zeroPoint: 10)

  private let convolution: Convolution
  private let graph: Graph
  private let bytes: [UInt8]
  private let layer: LayerRecord

  /// A 1x1 convolution of 16 channels, whose packed weights are `[channel / 4][16][4]`. It adds the tensor before its
  /// input.
  init() throws {
    var random = SeededGenerator(state: 12)
    let (inputs, outputs) = (Self.inputs, Self.outputs)
    var convolution = random.convolution(inputs, outputs, kernel: 1)
    // Some channels have an outlier, one no weights, and the others are of several magnitudes.
    for channel in 0..<outputs {
      for index in channel * inputs..<(channel + 1) * inputs { convolution.weights[index] *= Float(1 + channel) / 8 }
    }
    for channel in [1, 5] { convolution.weights[channel * inputs + 3] = 3 }
    for index in 0..<inputs { convolution.weights[7 * inputs + index] = 0 }
    self.convolution = convolution
    let first = random.convolution(1, inputs, kernel: 1)
    let second = random.convolution(inputs, inputs, kernel: 1)
    graph = Graph(
      name: "network", inputChannels: 1,
      layers: [
        Layer(name: "first", input: 0, operation: .convolution(first, shortcut: nil, relu: false)),
        Layer(name: "second", input: 1, operation: .convolution(second, shortcut: nil, relu: false)),
        Layer(
          name: "third", input: 2,
          operation: .convolution(convolution, shortcut: .identity(tensor: 1), relu: false)),
        Layer(name: "average", input: 3, operation: .globalAveragePool),
      ])
    bytes = try Self.quantize(graph, .eight)
    layer = try Int8Model(bytes, path: "network").layers[2]
  }

  private static func quantize(_ graph: Graph, _ residualBits: ResidualBits) throws -> [UInt8] {
    try Quantizer(
      graph: graph, preparation: .square(2), normalization: Normalization(mean: [0.5], std: [0.5]),
      quantizationParameters: [
        QuantizationParameters(scale: 1, zeroPoint: 0), shortcut, input, output,
        QuantizationParameters(scale: 1, zeroPoint: 0),
      ], residualBits: residualBits
    ).quantize()
  }

  private func parameter(_ row: Int, _ channel: Int) -> Int { parameter(row, channel, of: bytes) }

  private func parameter(_ row: Int, _ channel: Int, of bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes {
      Int($0.loadUnaligned(fromByteOffset: Int(layer.parameters) + (row * 16 + channel) * 4, as: Int32.self))
    }
  }

  private func weights(_ channel: Int) -> [Int] {
    (0..<Self.inputs).map {
      Int(Int8(bitPattern: bytes[Int(layer.window.weights) + ($0 / 4 * 16 + channel) * 4 + $0 % 4]))
    }
  }

  private func factor(_ channel: Int) -> Double {
    Double(parameter(ParameterBlock.multiplier, channel))
      / pow(2, 15 + Double(parameter(ParameterBlock.shift, channel)))
  }

  /// The weight scale that belongs to a factor.
  private func scale(_ factor: Double) -> Double { factor * Double(Self.output.scale) / Double(Self.input.scale) }

  private func squaredError(_ weights: ArraySlice<Float>, scale: Double) -> Double {
    weights.reduce(0) { sum, weight in
      let code = max(-127, min(127, (Double(weight) / scale).rounded(.toNearestOrEven)))
      return sum + pow(Double(weight) - code * scale, 2)
    }
  }

  @Test(arguments: 0..<outputs)
  func weightsAreRoundedToTheBestScale(channel: Int) {
    let real = convolution.weights[channel * Self.inputs..<(channel + 1) * Self.inputs]
    let chosen = scale(factor(channel))
    for (weight, code) in zip(real, weights(channel)) {
      #expect(abs(max(-127, min(127, Double(weight) / chosen)) - Double(code)) <= 0.5001)
    }
    let full = real.map { Double(abs($0)) }.max()! / 127
    guard full > 0 else { return }
    // All factors from the one that clips nothing to half of it.
    var candidate: RequantizationFactor? = RequantizationFactor(atLeast: full / scale(1))
    var least = Double.infinity
    let half = candidate!.value / 2
    while let factor = candidate, factor.value >= half {
      least = min(least, squaredError(real, scale: scale(factor.value)))
      candidate = factor.next
    }
    #expect(squaredError(real, scale: chosen) <= least * 1.001)
  }

  /// The table "What the bias contains".
  @Test(arguments: 0..<outputs)
  func biases(channel: Int) {
    let shift = parameter(ParameterBlock.shift, channel)
    let shortcutFactor =
      Double(parameter(ParameterBlock.shortcutMultiplier, channel))
      / pow(2, Double(parameter(ParameterBlock.shortcutShift, channel)))
    let unit = factor(channel) * Double(Self.output.scale)
    let expected = [
      Double(convolution.bias[channel]) / unit,
      -Double(Self.input.zeroPoint) * Double(weights(channel).reduce(0, +)),
      Double(Self.output.zeroPoint) * pow(2, 15 + Double(shift))
        / Double(parameter(ParameterBlock.multiplier, channel)),
      shift > 0 ? pow(2, Double(shift - 1)) : 0,
      0.5,
      -Double(Self.shortcut.zeroPoint) * 128 * shortcutFactor,
    ].reduce(0, +)
    #expect(abs(Double(parameter(ParameterBlock.bias, channel)) - expected) <= 0.5001)
    // A code of the shortcut, times 128, is worth this many units of the accumulator; the multiplier has 15 bits.
    #expect(abs(shortcutFactor * 128 * unit / Double(Self.shortcut.scale) - 1) < 1 / 16384.0)
    #expect(16384...32767 ~= parameter(ParameterBlock.shortcutMultiplier, channel))
  }

  /// With remainders, a code of the shortcut is 256 units of its value. The value of real 0 is 2^15 - 128 below that many.
  /// Weights and factors stay.
  @Test func biasesWithRemainders() throws {
    let fine = try Self.quantize(graph, .sixteen)
    let zero = Double(Self.shortcut.zeroPoint)
    for channel in 0..<Self.outputs {
      func shortcutFactor(_ bytes: [UInt8]) -> Double {
        Double(parameter(ParameterBlock.shortcutMultiplier, channel, of: bytes))
          / pow(2, Double(parameter(ParameterBlock.shortcutShift, channel, of: bytes)))
      }
      #expect(shortcutFactor(fine) == shortcutFactor(bytes) / 2)
      let added = shortcutFactor(fine) * (32768 - 128 - 256 * zero) + shortcutFactor(bytes) * 128 * zero
      let bias = parameter(ParameterBlock.bias, channel, of: fine)
      #expect(abs(Double(bias) - Double(parameter(ParameterBlock.bias, channel)) - added) <= 1.0001)
      for row in [ParameterBlock.shift, ParameterBlock.multiplier] {
        #expect(parameter(row, channel, of: fine) == parameter(row, channel))
      }
    }
  }

  /// The head without a classifier: the mean of 2x2 pixels, of codes or of `256 * code + remainder`.
  @Test(arguments: [ResidualBits.eight, .sixteen])
  func head(_ bits: ResidualBits) throws {
    let bytes = try Self.quantize(graph, bits)
    let layer = try Int8Model(bytes, path: "network").layers[3]
    func parameter(_ row: Int) -> Float {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: Int(layer.parameters) + row * 64, as: Float.self) }
    }
    let (units, zero): (Float, Float) = bits == .eight ? (4, 77) : (4 * 256, 77.5)
    #expect(parameter(HeadBlock.scale) == Self.output.scale / units)
    #expect(parameter(HeadBlock.bias) == -Self.output.scale * zero)
  }

  /// A projection whose weights are 127, in a network where it is cheap. A remainder of 128 stands for 0 and counts 1/256 of a code; their
  /// sum is rounded down, which is half a unit too low on average.
  @Test(arguments: [ResidualBits.eight, .sixteen])
  func projectionBias(_ bits: ResidualBits) throws {
    var graph = graph
    var selection = convolution
    selection.weights = selection.weights.indices.map { $0 / Self.inputs == $0 % Self.inputs ? 0.5 : 0 }
    selection.bias = [Float](repeating: 0, count: Self.outputs)
    var random = SeededGenerator(state: 13)
    let dear = random.convolution(Self.inputs, Self.inputs, kernel: 11)
    graph = Graph(
      name: graph.name, inputChannels: 1,
      layers: graph.layers.map { layer in
        if layer.name == "second" {
          return Layer(name: "second", input: 1, operation: .convolution(dear, shortcut: nil, relu: false))
        }
        guard case .convolution(let convolution, .identity(let tensor)?, let relu) = layer.operation else {
          return layer
        }
        return Layer(
          name: layer.name, input: layer.input,
          operation: .convolution(convolution, shortcut: .projection(tensor: tensor, selection), relu: relu))
      })
    let bytes = try Self.quantize(graph, bits)
    let model = try Int8Model(bytes, path: "network")
    #expect(model.tensors[1].hasRemainders == (bits == .sixteen))
    for channel in 0..<Self.outputs {
      let bias = bytes.withUnsafeBytes {
        let word = ParameterBlock.projectionBias * 16 + channel
        return $0.loadUnaligned(fromByteOffset: Int(model.layers[2].parameters) + word * 4, as: Int32.self)
      }
      #expect(bias == -127 * Int32(Self.shortcut.zeroPoint) - (bits == .sixteen ? 63 : 0))
    }
  }

  /// The smallest factor is 2^-20, times the ratio of the shortcut's scale where that is above the output's.
  @Test func aChannelWithoutWeights() {
    #expect(weights(7) == [Int](repeating: 0, count: Self.inputs))
    #expect(factor(7) == pow(2, -20))
  }
}
