import FloatRuntime
import Graphs
import ModelFormat
import Preparation

/// Turns a float graph and the ranges of its tensors into the bytes of an `.rn8` model.
public struct Quantizer {
  public let graph: Graph
  /// How pictures become the input, whose size is in it.
  public let preparation: Preparation
  public let normalization: Normalization
  /// The coding of each tensor of the graph. Entry 0 stands for the image, whose bytes are its codes.
  public let quantizationParameters: [QuantizationParameters]
  /// One label per class, or none at all.
  public let labels: [String]
  /// The calibration images that weights are rounded for, one after the other; none where each is rounded to the nearest.
  public let samples: [CalibrationSample]
  public let residualBits: ResidualBits

  public init(
    graph: Graph, preparation: Preparation, normalization: Normalization,
    quantizationParameters: [QuantizationParameters], labels: [String] = [], samples: [CalibrationSample] = [],
    residualBits: ResidualBits = .sixteen
  ) {
    self.graph = graph
    self.preparation = preparation
    self.normalization = normalization
    self.quantizationParameters = quantizationParameters
    self.labels = labels
    self.samples = samples
    self.residualBits = residualBits
  }

  /// Returns the most images that a network's weights are rounded for: those whose arenas take 640 MB together. More than
  /// some hundred hardly improve anything (docs/fidelity.md).
  public static func sampleLimit(
    _ graph: Graph, shapes: [TensorShape], residualBits: ResidualBits
  ) throws -> Int {
    let layout = try TensorLayout(graph, shapes: shapes, residualBits)
    return max(1, min(1024, 640_000_000 / (layout.byteCount + shapes[0].count)))
  }

  /// Returns the bytes of the model file.
  ///
  /// - Parameter progress: called after each of the graph's layers.
  /// - Throws: `GraphError` where the input does not suit the graph; `QuantizationError` where the labels do not, or
  ///   where the graph cannot be coded in 8 bits.
  public func quantize(progress: () -> Void = {}) throws -> [UInt8] {
    let shapes = try graph.shapes(inputHeight: preparation.inputHeight, inputWidth: preparation.inputWidth)
    let classCount = shapes.last!.channels
    guard labels.isEmpty || labels.count == classCount else {
      throw QuantizationError("\(labels.count) labels do not fit a network of \(classCount) classes")
    }
    try Self.check(graph, shapes: shapes, residualBits: residualBits)
    let remainders = Remainders(graph, shapes: shapes, residualBits)
    let image = InputCoding(image: normalization)
    func layout(isStreamed: Bool) throws -> TensorLayout {
      try TensorLayout(
        graph, shapes: shapes, quantizationParameters: quantizationParameters, imageFill: image.fill,
        remainders: remainders, isStreamed: isStreamed)
    }
    func inputCoding(_ tensor: Int) -> InputCoding {
      tensor == 0
        ? image
        : InputCoding(
          quantizationParameters[tensor],
          storedChannels: TensorLayout.storedChannels(shapes[tensor], tensor: tensor))
    }

    let file = try ModelFile(
      ModelFile.Description(
        layout: layout(isStreamed: false), networkName: graph.name, labels: labels, classCount: classCount,
        multiplyAccumulates: graph.multiplyAccumulates(shapes), normalization: normalization, preparation: preparation),
      layers: graph.plannedLayers(shapes))
    let calibrator = samples.isEmpty ? nil : LayerCalibrator(file, samples: samples)
    func rounding(of convolution: Convolution, reading tensor: Int, shape: TensorShape) -> any WeightRounding {
      calibrator?.rounding(of: convolution, reading: tensor, shape: shape) ?? NearestRounding()
    }
    for (index, layer) in graph.layers.enumerated() {
      switch layer.operation {
      case .convolution(let convolution, let shortcut, let relu):
        let output = quantizationParameters[index + 1]
        precondition(!relu || output.zeroPoint == 0, "codes saturate at 0 in place of a ReLU")
        var quantizer = ConvolutionQuantizer(
          name: layer.name, convolution: convolution, input: inputCoding(layer.input), output: output,
          rounding: rounding(of: convolution, reading: layer.input, shape: shapes[index + 1]))
        switch shortcut {
        case .identity(let tensor): quantizer.shortcut = .identity(quantizationParameters[tensor])
        case .projection(let tensor, let projection):
          quantizer.shortcut = .projection(
            projection, inputCoding(tensor), rounding(of: projection, reading: tensor, shape: shapes[index + 1]))
        case nil: break
        }
        quantizer.shortcutHasRemainders = shortcut.map { remainders[$0.tensor] } ?? false
        let quantized = try quantizer.quantize()
        if let calibrator {
          calibrator.correctBiases(of: quantized, layer: index, output: output)
        } else {
          file.fill(layer: index, quantized)
        }
      case .globalAveragePool:
        let head = try HeadQuantizer(
          name: layer.name, input: quantizationParameters[layer.input], pooled: shapes[layer.input],
          storedChannels: TensorLayout.storedChannels(shapes[layer.input], tensor: layer.input),
          hasRemainders: remainders[layer.input]
        ).quantize(
          graph.classifier.map { ($0, rounding(of: $0, reading: layer.input, shape: shapes[layer.input])) })
        file.fill(layer: index, parameters: head.parameters, weights: head.weights?.bytes ?? [])
      case .maxPool, .averagePool, .globalMaxPool: calibrator?.run(layer: index)
      case .fullyConnected: break
      }
      progress()
    }
    return try file.finished(layout(isStreamed: true))
  }
}

/// The reason why a network could not be quantized, in a sentence for people.
public struct QuantizationError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
