import Evaluation
import FloatRuntime
import Graphs
import ModelFormat
import ResNetInt8

/// Measures the layers on one picture after the other, on one thread.
final class PictureRunner {
  private let int8: Int8Network
  private let model: Int8Model
  private let float: FloatNetwork
  private let rounded: FloatNetwork
  private let codings: [TensorCoding]
  /// For each tensor, the channel that is much wider than others; nil where none is.
  private let wideChannels: [Int?]
  private let workspace: FloatNetwork.Workspace

  /// What the layers of the model cost on a picture.
  struct Run: Sendable {
    let int8Logits: [Float]
    let floatLogits: [Float]
    /// Each layer's output in int8 beside float's; nil where it is never whole in memory.
    let together: [Energies?]
    /// What each layer costs alone; nil where it quantizes nothing.
    let alone: [LayerAnalysis.Alone?]
  }

  /// - Parameters:
  ///   - rounded: the float network with the model's weights.
  ///   - codings: those of the model's tensors.
  ///   - wideChannels: for each tensor, the channel that is much wider than others; nil where none is.
  init(
    _ model: Int8Model, float: FloatNetwork, rounded: FloatNetwork, codings: [TensorCoding], wideChannels: [Int?]
  ) {
    int8 = Int8Network(model)
    (self.model, self.float, self.rounded, self.codings) = (model, float, rounded, codings)
    self.wideChannels = wideChannels
    workspace = float.makeWorkspace()
  }

  func run(_ pixels: [UInt8], progress: () -> Void) -> Run {
    let floatLogits = pixels.withUnsafeBufferPointer { float.run($0, workspace: workspace) }
    let (int8Logits, together) = runInt8(pixels, floatLogits)
    // What is after a layer's output is computed anew for each layer, and what is before it must be float's. So the last layer
    // comes first.
    var alone = [LayerAnalysis.Alone?](repeating: nil, count: model.layers.count)
    for index in alone.indices.reversed() {
      alone[index] = cost(ofLayer: index, floatLogits)
      if alone[index] != nil, index + 1 < wideChannels.count, let channel = wideChannels[index + 1] {
        alone[index]!.otherChannels = codingNoise(ofLayer: index, without: channel, floatLogits)
      }
      progress()
    }
    return Run(int8Logits: int8Logits, floatLogits: floatLogits, together: together, alone: alone)
  }

  /// Runs the int8 network layer by layer, beside the float network's tensors. Buffers are used again, so that each output is
  /// compared right after its layer.
  private func runInt8(_ pixels: [UInt8], _ floatLogits: [Float]) -> (logits: [Float], together: [Energies?]) {
    let network = UnsafePointer<Network>(int8.network).pointee
    var logits = [Float](repeating: 0, count: floatLogits.count)
    network.storeImage(pixels, worker: 0, of: 1)
    let together = model.layers.enumerated().map { index, layer -> Energies? in
      network.run(layer: index, worker: 0, of: 1, logits: &logits)
      guard layer.kind != LayerKind.head else { return Energies(logits, beside: floatLogits) }
      let tensor = model.contents.tensor(layer.output)
      guard !tensor.isStreamed else { return nil }
      return codings[Int(layer.output)].energies(
        tensor, codes: network.codes(tensor),
        remainders: tensor.hasRemainders ? network.tensors + Int(tensor.remainders) : nil,
        beside: float.tensor(Int(layer.output), in: workspace))
    }
    return (logits, together)
  }

  /// Returns what a layer of the model costs where all others are float's.
  private func cost(ofLayer index: Int, _ floatLogits: [Float]) -> LayerAnalysis.Alone? {
    let output = index + 1
    var cost = LayerAnalysis.Alone()
    switch float.graph.layers[index].operation {
    case .maxPool, .globalMaxPool:
      // It passes codes on. Where it passes on remainders too, its codes are rounded to here.
      guard codings[output].hasRemainders else { return nil }
    case .globalAveragePool:
      // The head: sums are exact, and only the classifier's weights are rounded.
      guard float.graph.classifier != nil else { return nil }
      rounded.run(layer: index + 1, in: workspace)
      let logits = rounded.tensor(index + 2, in: workspace).values
      cost.logits = Energies(logits, beside: floatLogits)
      (cost.output, cost.weights) = (cost.logits, cost.logits.noise)
      return cost
    case .averagePool: break
    case .convolution:
      let original = float.tensor(output, in: workspace).values
      rounded.run(layer: index, in: workspace)
      cost.weights = Energies(rounded.tensor(output, in: workspace), beside: original).noise
      return finish(cost, output, original, floatLogits)
    case .fullyConnected: preconditionFailure("the classifier is part of the head")
    }
    return finish(cost, output, float.tensor(output, in: workspace).values, floatLogits)
  }

  /// Whether a max pool reads a tensor's remainders. Nothing else reads such a tensor.
  private func isReadFinely(_ tensor: Int) -> Bool {
    model.layers.contains {
      $0.kind == LayerKind.maxPool && Int($0.input) == tensor && codings[Int($0.output)].hasRemainders
    }
  }

  /// Returns the noise at the logits where only a layer's output is coded, and one channel of it is not.
  private func codingNoise(ofLayer index: Int, without channel: Int, _ floatLogits: [Float]) -> Double {
    float.run(layer: index, in: workspace)
    let coding = codings[index + 1]
    func keeping(
      _ round: @escaping (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> (UnsafeMutableBufferPointer<Float>) -> Void {
      { pixel in
        let value = pixel[channel]
        round(pixel)
        pixel[channel] = value
      }
    }
    float.replace(
      tensor: index + 1, in: workspace, keeping(coding.round),
      added: coding.hasRemainders ? keeping(coding.roundFinely) : nil)
    return Energies(float.finish(after: index + 1, in: workspace), beside: floatLogits).noise
  }

  /// Codes a layer's output, and runs the layers after it.
  private func finish(
    _ cost: LayerAnalysis.Alone, _ output: Int, _ original: [Float], _ floatLogits: [Float]
  ) -> LayerAnalysis.Alone {
    var cost = cost
    let coding = codings[output]
    let isFine = isReadFinely(output)
    cost.coding = coding.losses(float.tensor(output, in: workspace), finely: isFine)
    let added: ((UnsafeMutableBufferPointer<Float>) -> Void)? =
      if coding.hasRemainders { { coding.roundFinely($0) } } else { nil }
    float.replace(tensor: output, in: workspace, { isFine ? coding.roundFinely($0) : coding.round($0) }, added: added)
    cost.output = Energies(float.tensor(output, in: workspace), beside: original)
    cost.logits = Energies(float.finish(after: output, in: workspace), beside: floatLogits)
    return cost
  }
}

extension Energies {
  /// - Parameter reference: as many numbers, whose energy is the signal.
  init(_ values: [Float], beside reference: [Float]) {
    for (value, reference) in zip(values, reference) {
      let difference = Double(reference) - Double(value)
      signal += Double(reference) * Double(reference)
      noise += difference * difference
    }
  }

  /// - Parameter reference: the elements in HWC order.
  init(_ tensor: FloatTensorView, beside reference: [Float]) {
    reference.withUnsafeBufferPointer { reference in
      var index = 0
      tensor.forEachRun { run in
        var (signal, noise) = (Float(0), Float(0))
        for (place, value) in run.enumerated() {
          let difference = reference[index + place] - value
          signal += reference[index + place] * reference[index + place]
          noise += difference * difference
        }
        index += run.count
        self.signal += Double(signal)
        self.noise += Double(noise)
      }
    }
  }
}
