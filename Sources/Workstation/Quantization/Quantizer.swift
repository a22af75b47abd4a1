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
  public let residualBits: ResidualBits

  public init(
    graph: Graph, preparation: Preparation, normalization: Normalization,
    quantizationParameters: [QuantizationParameters], labels: [String] = [], residualBits: ResidualBits = .eight
  ) {
    self.graph = graph
    self.preparation = preparation
    self.normalization = normalization
    self.quantizationParameters = quantizationParameters
    self.labels = labels
    self.residualBits = residualBits
  }

  /// Returns the bytes of the model file.
  ///
  /// - Throws: `GraphError` where the input does not suit the graph; `QuantizationError` where the labels do not, or
  ///   where the graph cannot be coded in 8 bits.
  public func quantize() throws -> [UInt8] {
    let shapes = try graph.shapes(inputHeight: preparation.inputHeight, inputWidth: preparation.inputWidth)
    let classCount = shapes.last!.channels
    guard labels.isEmpty || labels.count == classCount else {
      throw QuantizationError("\(labels.count) labels do not fit a network of \(classCount) classes")
    }
    try Self.check(graph, shapes: shapes, residualBits: residualBits)
    let remainders = Remainders(graph, shapes: shapes, residualBits)
    let image = InputCoding(image: normalization)
    let layout = try TensorLayout(
      graph, shapes: shapes, quantizationParameters: quantizationParameters, imageFill: image.fill,
      remainders: remainders)
    func inputCoding(_ tensor: Int) -> InputCoding {
      tensor == 0
        ? image
        : InputCoding(
          quantizationParameters[tensor],
          storedChannels: TensorLayout.storedChannels(shapes[tensor], tensor: tensor))
    }

    var writer = ModelWriter()
    var names: [String] = []
    var multiplyAccumulates = 0
    for (index, layer) in graph.layers.enumerated() {
      let (input, output) = (UInt32(layer.input), UInt32(index + 1))
      let pixels = shapes[index + 1].height * shapes[index + 1].width
      func pool(_ kind: UInt32, _ window: WindowRecord) {
        writer.append(LayerRecord(kind: kind, input: input, output: output, window: window))
        names.append(layer.name)
      }
      switch layer.operation {
      case .convolution(let convolution, let shortcut, let relu):
        precondition(
          !relu || quantizationParameters[index + 1].zeroPoint == 0, "codes saturate at 0 in place of a ReLU")
        let quantizer = ConvolutionQuantizer(
          name: layer.name, convolution: convolution, input: inputCoding(layer.input),
          output: quantizationParameters[index + 1],
          shortcut: shortcut.map {
            switch $0 {
            case .identity(let tensor): .identity(quantizationParameters[tensor])
            case .projection(let tensor, let projection): .projection(projection, inputCoding(tensor))
            }
          },
          shortcutHasRemainders: shortcut.map { remainders[$0.tensor] } ?? false)
        append(convolution, shortcut, try quantizer.quantize(), input: input, output: output, to: &writer)
        multiplyAccumulates += convolution.multiplyAccumulatesPerPixel * pixels
        if case .projection(_, let projection) = shortcut {
          multiplyAccumulates += projection.multiplyAccumulatesPerPixel * pixels
        }
        names.append(layer.name)
      case .maxPool(let kernel, let stride, let padding):
        pool(
          LayerKind.maxPool,
          WindowRecord(
            kernelHeight: UInt32(kernel), kernelWidth: UInt32(kernel), stride: UInt32(stride), padding: UInt32(padding))
        )
      case .averagePool(let size):
        pool(
          LayerKind.averagePool,
          WindowRecord(kernelHeight: UInt32(size), kernelWidth: UInt32(size), stride: UInt32(size)))
      case .globalMaxPool:
        let pooled = shapes[layer.input]
        pool(
          LayerKind.maxPool, WindowRecord(kernelHeight: UInt32(pooled.height), kernelWidth: UInt32(pooled.width)))
      case .globalAveragePool:
        let head = HeadQuantizer(
          name: layer.name, input: quantizationParameters[layer.input], pooled: shapes[layer.input],
          storedChannels: TensorLayout.storedChannels(shapes[layer.input], tensor: layer.input),
          hasRemainders: remainders[layer.input])
        let classifier = graph.layers.dropFirst(index + 1).first?.operation
        try head.append(classifier: classifier, input: input, output: output, to: &writer)
        names.append(layer.name)
      case .fullyConnected(_, _, let inputs, let outputs):
        multiplyAccumulates += inputs * outputs
      }
    }
    return try writer.bytes(
      ModelWriter.Description(
        layout: layout, networkName: graph.name, layerNames: names, labels: labels, classCount: classCount,
        multiplyAccumulates: multiplyAccumulates, normalization: normalization,
        preparation: preparation))
  }

  private func append(
    _ convolution: Convolution, _ shortcut: Layer.Shortcut?, _ quantized: ConvolutionQuantizer.Result, input: UInt32,
    output: UInt32, to writer: inout ModelWriter
  ) {
    var record = LayerRecord(
      kind: LayerKind.convolution, input: input, output: output,
      window: PackedWeights.window(convolution, groups: quantized.weights.groups))
    switch shortcut {
    case .identity(let tensor):
      record.shortcutKind = ShortcutKind.identity
      record.shortcut = UInt32(tensor)
    case .projection(let tensor, let projection):
      record.shortcutKind = ShortcutKind.projection
      record.shortcut = UInt32(tensor)
      record.projection = PackedWeights.window(projection, groups: quantized.projection!.groups)
    case nil: break
    }
    writer.append(
      record, parameters: quantized.parameterBlocks, weights: quantized.weights.bytes,
      projectionWeights: quantized.projection?.bytes)
  }
}

/// The reason why a network could not be quantized, in a sentence for people.
public struct QuantizationError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
