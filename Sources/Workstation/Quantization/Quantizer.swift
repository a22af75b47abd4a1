import Foundation
import ModelFormat

/// Turns a float graph and the ranges of its tensors into the bytes of an `.rn8` model.
public struct Quantizer {
  public let graph: Graph
  public let inputHeight: Int
  public let inputWidth: Int
  public let normalization: Normalization
  /// Of tensors 1, 2, ... of the graph; entry 0 stands for the image, whose bytes are its codes.
  public let codings: [QuantizationParameters]
  /// Pixels of the shorter side before the crop, for the record.
  public let resize: Int
  /// One a class, or none.
  public let labels: [String]

  public init(
    graph: Graph, inputHeight: Int, inputWidth: Int, normalization: Normalization, codings: [QuantizationParameters],
    resize: Int, labels: [String] = []
  ) {
    self.graph = graph
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.normalization = normalization
    self.codings = codings
    self.resize = resize
    self.labels = labels
  }

  /// What a plan was measured against.
  public struct Memory: Sendable {
    /// Bytes of the arena's tensors.
    public let tensorBytes: Int
    /// The largest sum of tensors alive at one layer, residual additions in place, without halos and rounding.
    public let lowerBound: Int
  }

  public struct Result: Sendable {
    public let bytes: [UInt8]
    public let memory: Memory
  }

  public func quantize() throws -> Result {
    let shapes = try graph.shapes(inputHeight: inputHeight, inputWidth: inputWidth)
    var tensors = shapes
    if case .fullyConnected = graph.layers.last!.operation { tensors.removeLast() }
    let classCount = shapes.last!.channels
    guard labels.isEmpty || labels.count == classCount else {
      throw QuantizationError("\(labels.count) labels do not fit a network of \(classCount) classes")
    }
    let image = TensorCoding(image: normalization)
    let layout = TensorLayout(graph, shapes: tensors, codings: codings, imageFill: image.fill)

    func coding(_ tensor: Int) -> TensorCoding {
      tensor == 0
        ? image
        : TensorCoding(codings[tensor], storedChannels: TensorLayout.storedChannels(tensors[tensor], tensor: tensor))
    }

    var file = ModelFile(normalization: normalization, resize: resize)
    var names: [String] = []
    var multiplyAccumulates = 0
    for (index, layer) in graph.layers.enumerated() {
      let shape = shapes[index + 1]
      switch layer.operation {
      case .convolution(let convolution, let shortcut, let relu):
        precondition(!relu || codings[index + 1].zeroPoint == 0, "codes saturate at 0 in place of a ReLU")
        let quantizer = ConvolutionQuantizer(
          name: layer.name, convolution: convolution, input: coding(layer.input), output: codings[index + 1],
          shortcut: shortcut.map {
            switch $0 {
            case .identity(let tensor): .identity(codings[tensor])
            case .projection(let tensor, let projection): .projection(projection, coding(tensor))
            }
          })
        file.append(record(layer, index, convolution, shortcut, try quantizer.quantize(), &file))
        multiplyAccumulates += convolution.multiplyAccumulatesPerPixel * shape.height * shape.width
        if case .projection(_, let projection) = shortcut {
          multiplyAccumulates += projection.multiplyAccumulatesPerPixel * shape.height * shape.width
        }
        names.append(layer.name)
      case .maxPool(let kernel, let stride, let padding):
        let window = WindowRecord(
          kernelHeight: UInt32(kernel), kernelWidth: UInt32(kernel), stride: UInt32(stride), padding: UInt32(padding))
        file.append(
          LayerRecord(
            kind: LayerKind.maxPool, input: UInt32(layer.input), output: UInt32(index + 1), window: window))
        names.append(layer.name)
      case .globalAveragePool:
        let pooled = shapes[layer.input]
        let head = HeadQuantizer(
          scale: codings[layer.input].scale, zeroPoint: codings[layer.input].zeroPoint,
          pixels: pooled.height * pooled.width, channels: pooled.channels,
          storedChannels: TensorLayout.storedChannels(pooled, tensor: layer.input))
        file.append(head.record(layer, index, classifier: graph.layers.dropFirst(index + 1).first?.operation, &file))
        names.append(layer.name)
      case .fullyConnected(_, _, let inputs, let outputs):
        multiplyAccumulates += inputs * outputs
      }
    }
    let bytes = try file.bytes(
      layout: layout, strings: [graph.name] + names + labels, classCount: classCount,
      multiplyAccumulates: multiplyAccumulates)
    return Result(
      bytes: bytes,
      memory: Memory(tensorBytes: layout.byteCount, lowerBound: MemoryPlanner.lowerBound(layout.unpadded)))
  }

  private func record(
    _ layer: Layer, _ index: Int, _ convolution: Convolution, _ shortcut: Layer.Shortcut?,
    _ quantized: ConvolutionQuantizer.Result, _ file: inout ModelFile
  ) -> LayerRecord {
    var record = LayerRecord(
      kind: LayerKind.convolution, input: UInt32(layer.input), output: UInt32(index + 1),
      window: PackedWeights.window(convolution, groups: quantized.weights.groups))
    record.window.weights = file.append(weights: quantized.weights.bytes)
    record.parameters = file.append(parameters: quantized.parameters)
    switch shortcut {
    case .identity(let tensor):
      record.shortcutKind = ShortcutKind.identity
      record.shortcut = UInt32(tensor)
    case .projection(let tensor, let projection):
      record.shortcutKind = ShortcutKind.projection
      record.shortcut = UInt32(tensor)
      record.projection = PackedWeights.window(projection, groups: quantized.projection!.groups)
      record.projection.weights = file.append(weights: quantized.projection!.bytes)
    case nil: break
    }
    return record
  }
}
