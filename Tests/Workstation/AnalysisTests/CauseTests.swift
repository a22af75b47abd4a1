import Analysis
import FloatRuntime
import Foundation
import Graphs
import Quantization
import TestSupport
import Testing

/// Tests that a cause is named on networks that are built to have it, and not on those that are not.
@Suite struct CauseTests {
  private static let size = 33

  /// - Parameter contrast: in percent of that of random bytes, around the mean that the network subtracts.
  private static func images(_ count: Int, seed: UInt64 = 7, contrast: Int = 100) -> [[UInt8]] {
    var random = SeededGenerator(state: seed)
    return (0..<count).map { _ in
      random.bytes(size * size * 3).map { UInt8(max(0, min(255, 116 + (Int($0) - 116) * contrast / 100))) }
    }
  }

  private func analysis(
    _ graph: Graph, calibration: [[UInt8]] = images(20), rounding: Rounding = .errorSpreading,
    residualBits: ResidualBits = .sixteen, method: Calibration.Method = .mse
  ) throws -> Analysis {
    let network = try QuantizedNetwork(
      graph, height: Self.size, width: Self.size, normalization: .imageNet, calibration: calibration, method: method,
      rounding: rounding, residualBits: residualBits)
    return try Analysis(network.model, float: network.float, images: Self.images(12, seed: 3))
  }

  private static func clean() -> Graph {
    var random = SeededGenerator(state: 1)
    return residualGraph(&random)
  }

  /// Returns the clean graph with other convolutions in some layers.
  private func changed(_ names: String..., by change: (String, inout Convolution) -> Void) -> Graph {
    let graph = Self.clean()
    let layers = graph.layers.map { layer -> Layer in
      guard names.contains(layer.name), case .convolution(var convolution, let shortcut, let relu) = layer.operation
      else { return layer }
      change(layer.name, &convolution)
      return Layer(
        name: layer.name, input: layer.input, operation: .convolution(convolution, shortcut: shortcut, relu: relu))
    }
    return Graph(name: graph.name, inputChannels: graph.inputChannels, layers: layers)
  }

  @Test func nothingStandsOutOnACleanNetwork() throws {
    let analysis = try analysis(Self.clean())
    for layer in analysis.layers { #expect(analysis.causes(of: layer) == [], "\(layer.name)") }
    #expect(analysis.causes == [])
  }

  /// Channel 5 of `a1` is made 100 times as large, and what reads it 100 times as small: the same function.
  @Test func oneWideChannel() throws {
    let channel = 5
    let graph = changed("a1", "a2") { name, convolution in
      let depth = convolution.weights.count / convolution.outputChannels
      if name == "a1" {
        for index in channel * depth..<(channel + 1) * depth { convolution.weights[index] *= 100 }
        convolution.bias[channel] *= 100
      } else {
        for index in stride(from: channel, to: convolution.weights.count, by: convolution.inputChannels) {
          convolution.weights[index] /= 100
        }
      }
    }
    let analysis = try analysis(graph)
    let worst = analysis.layers[analysis.worst(1)[0]]
    #expect(worst.name == "a1" && worst.isInner)
    guard case .wideChannel(channel, let ratio)? = analysis.causes(of: worst).first else {
      Issue.record("\(analysis.causes(of: worst))")
      return
    }
    let before = try self.analysis(Self.clean()).layers[3].values!.channels.magnitudes
    let median = before.filter { $0 > 0 }.sorted()[before.count { $0 > 0 } / 2]
    #expect(abs(ratio / (100 * Double(before[channel] / median)) - 1) < 0.1)
    #expect(analysis.layers.filter { !analysis.causes(of: $0).isEmpty }.map(\.name) == ["a1"])
  }

  /// Channel 5 is made wide, and more important still for what reads it: then the noise that matters is its own.
  @Test func wideChannelThatMatters() throws {
    let graph = changed("a1", "a2") { name, convolution in
      let depth = convolution.weights.count / convolution.outputChannels
      if name == "a1" {
        for index in 5 * depth..<6 * depth { convolution.weights[index] *= 8 }
        convolution.bias[5] *= 8
      } else {
        for index in stride(from: 5, to: convolution.weights.count, by: convolution.inputChannels) {
          convolution.weights[index] *= 30
        }
      }
    }
    let analysis = try analysis(graph)
    let layer = try #require(analysis.layers.first { $0.name == "a1" })
    let widest = try #require(layer.values?.channels.widest)
    #expect(widest.index == 5 && widest.ratio > Analysis.wideChannelRatio)
    #expect(analysis.causes(of: layer) == [])
  }

  /// Calibration saw pictures of little contrast only.
  @Test func rangesThatAreTooNarrow() throws {
    let analysis = try analysis(Self.clean(), calibration: Self.images(20, contrast: 30))
    let stem = analysis.layers[0]
    let causes = analysis.causes(of: stem)
    guard case .narrowRange(let share, let ratio)? = causes.first else {
      Issue.record("\(causes)")
      return
    }
    #expect(share > 0.9 && ratio > 1.25 && ratio < 4)
    let fraction = Double(stem.clippedCount) / Double(stem.values!.count)
    #expect(fraction > 0.01 && causes.contains(.saturation(fraction: fraction)))
  }

  @Test func nearestWeights() throws {
    let analysis = try analysis(Self.clean(), rounding: .nearest)
    #expect(analysis.areWeightsNearest)
    let weights = analysis.layers.reduce(0) { $0 + analysis.share(of: $1) * ($1.shares?.weights ?? 0) }
    #expect(weights > 0.1)
    guard case .nearestWeights(let share)? = analysis.causes.first else {
      Issue.record("\(analysis.causes)")
      return
    }
    #expect(abs(share - weights) < 1e-9)
    #expect(try !self.analysis(Self.clean()).areWeightsNearest)
  }

  @Test func residualSumsIn8Bits() throws {
    let analysis = try analysis(Self.clean(), residualBits: .eight)
    guard case .residualSums(let share)? = analysis.causes.last else {
      Issue.record("\(analysis.causes)")
      return
    }
    let sums = analysis.layers.filter(\.isResidualSum)
    #expect(sums.map(\.name) == ["a2", "b"])
    #expect(abs(share - sums.reduce(0) { $0 + analysis.share(of: $1) * $1.shares!.rounding }) < 1e-9)
  }

  /// In every channel of `b`, which has 324 weights, one is 200 times the others.
  @Test func oneLargeWeight() throws {
    let graph = changed("b") { _, convolution in
      let depth = convolution.weights.count / convolution.outputChannels
      for channel in 0..<convolution.outputChannels {
        convolution.weights[channel * depth + 5 * channel % depth] = 200 * 0.05
      }
    }
    let analysis = try analysis(graph, rounding: .nearest)
    let causes = analysis.causes(of: analysis.layers[5])
    guard case .largeWeight(_, let ratio, let share)? = causes.last else {
      Issue.record("\(causes), \(analysis.layers[5].shares!)")
      return
    }
    #expect(ratio > 16 && ratio < 18 && share > 0.5)
  }
}
