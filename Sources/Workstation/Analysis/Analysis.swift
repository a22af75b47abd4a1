import Evaluation
import FloatRuntime
import Graphs
import ModelFormat
import Platform
import Quantization

/// What each layer of an int8 model costs, beside the float network that it was made from.
public struct Analysis: Sendable {
  /// The layers of the model, in the order in which they run; the head is the last.
  public let layers: [LayerAnalysis]
  public let int8Logits: [[Float]]
  public let floatLogits: [[Float]]
  /// Whether the model's weights are the nearest codes of float's, as `--rounding nearest` leaves them.
  public let areWeightsNearest: Bool

  /// Runs images through both networks, on all cores. The result is the same for any number of them.
  ///
  /// - Parameters:
  ///   - images: the bytes of each image, HWC; at least one.
  ///   - progress: called after each image and layer, on any thread.
  /// - Throws: `EvaluationError` where the model's layers are not the float network's, where its weights are others, or where the
  ///   float network makes numbers that are not finite.
  public init(
    _ model: Int8Model, float: FloatNetwork, images: [[UInt8]], progress: @escaping @Sendable () -> Void = {}
  ) throws {
    let codings = try Self.codings(of: model, float)
    let weights = ModelWeights(model, float.graph, shapes: float.shapes)
    try weights.requireLikeness(of: float.graph, model)
    let survey = try FloatSurvey(float, images: images, withMeans: !weights.areNearest)
    let rounded = try FloatNetwork(
      weights.graph(float.graph, means: survey.means), inputHeight: float.shapes[0].height,
      inputWidth: float.shapes[0].width, normalization: model.normalization)
    let wideChannels =
      [nil]
      + survey.channelRanges.map { ranges -> Int? in
        ranges.widest.flatMap { $0.ratio >= Self.wideChannelRatio ? $0.index : nil }
      }
    let runs = concurrentMap(images.count) {
      PictureRunner(model, float: float, rounded: rounded, codings: codings, wideChannels: wideChannels)
    } _: { runner, index in
      runner.run(images[index], progress: progress)
    }
    (int8Logits, floatLogits) = (runs.map(\.int8Logits), runs.map(\.floatLogits))
    areWeightsNearest = weights.areNearest
    layers = zip(model.layerSummaries, model.layers).enumerated().map { index, layer in
      let (summary, record) = layer
      let isHead = record.kind == LayerKind.head
      let tensor = Int(record.output)
      var together: Energies?
      var alone: LayerAnalysis.Alone?
      for run in runs {
        if let energies = run.together[index] {
          together = together ?? Energies()
          together! += energies
        }
        if let cost = run.alone[index] {
          alone = alone ?? LayerAnalysis.Alone()
          alone! += cost
        }
      }
      return LayerAnalysis(
        name: summary.name, operation: summary.operation, tensor: isHead ? nil : tensor, together: together,
        alone: alone,
        values: isHead
          ? nil
          : LayerAnalysis.Values(
            histogram: survey.histograms[tensor - 1], channels: survey.channelRanges[tensor - 1],
            count: float.shapes[tensor].count * images.count, codedRange: codings[tensor].range,
            hasRemainders: codings[tensor].hasRemainders),
        weights: Self.weightChannels(float.graph, layer: index, isHead: isHead), isResidualSum: record.hasShortcut,
        isInner: Self.isInner(tensor, in: model))
    }
  }

  /// Returns the coding of each tensor of the model.
  private static func codings(of model: Int8Model, _ float: FloatNetwork) throws(EvaluationError) -> [TensorCoding] {
    guard float.graph.isPlan(of: model.contents, shapes: float.shapes) else {
      throw EvaluationError(
        "\(model.path): its layers are not those of \(float.graph.name) as it was read; give the checkpoint the model was "
          + "made from, with the same options about the network")
    }
    return model.tensors.map(TensorCoding.init)
  }

  private static func isInner(_ tensor: Int, in model: Int8Model) -> Bool {
    let readers = model.layers.filter { Int($0.input) == tensor }
    let isShortcut = model.layers.contains { $0.hasShortcut && Int($0.shortcut) == tensor }
    return readers.map(\.kind) == [LayerKind.convolution] && !isShortcut
  }

  private static func weightChannels(_ graph: Graph, layer index: Int, isHead: Bool) -> [WeightChannel] {
    let convolution: Convolution? =
      if isHead { graph.classifier } else if case .convolution(let convolution, _, _) = graph.layers[index].operation {
        convolution
      } else { nil }
    guard let convolution else { return [] }
    let depth = convolution.weights.count / convolution.outputChannels
    return (0..<convolution.outputChannels).map {
      WeightChannel(convolution.weights[$0 * depth..<($0 + 1) * depth])
    }
  }

  /// Returns 10 log10 of an energy over that of the noise; infinite without noise.
  static func decibels(_ signal: Double, _ noise: Double) -> Double {
    noise == 0 ? .infinity : 10 * log10(signal / noise)
  }

  // MARK: All layers

  /// The energy at the logits that all layers add alone, as if they did not meet.
  private var aloneNoise: Double { layers.reduce(0) { $0 + ($1.alone?.logits.noise ?? 0) } }

  /// Signal to noise ratio of the logits, with the noise of all layers alone added up, in decibels.
  public var addedUpDecibels: Double { Self.decibels(layers.last!.together!.signal, aloneNoise) }

  /// Returns a layer's part of the noise that all layers add alone.
  public func share(of layer: LayerAnalysis) -> Double {
    let total = aloneNoise
    return total > 0 ? (layer.alone?.logits.noise ?? 0) / total : 0
  }

  /// The indices of the layers that cost most alone, the worst first.
  public func worst(_ count: Int) -> [Int] {
    func noise(_ index: Int) -> Double { layers[index].alone?.logits.noise ?? 0 }
    let sorted = layers.indices.filter { noise($0) > 0 }.sorted { (noise($1), $0) < (noise($0), $1) }
    return Array(sorted.prefix(count))
  }
}
