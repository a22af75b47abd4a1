import CFloatKernels
import Graphs

/// A graph in float32, with its weights packed once. It is the reference that quantization is measured
/// against, and what calibration runs. A call runs one image. Any number of threads may share a network,
/// each with a workspace of its own.
///
/// The same processor gives the same bits on every run.
public final class FloatNetwork: Sendable {
  public let graph: Graph
  /// The shape of each tensor, the input first.
  public let shapes: [TensorShape]
  private let normalization: Normalization
  private let layouts: [FloatTensorLayout]
  /// The convolutions of each layer, in the order they run. A projection shortcut comes
  /// before the convolution that adds it.
  private let convolutions: [[FloatConvolution]]
  private let instructions: Instructions

  /// Packs the weights of `graph` for inputs of `inputHeight` x `inputWidth` pixels.
  ///
  /// - Parameter instructions: the kernels to use; by default the fastest that this processor has.
  /// - Throws: `GraphError` where the input is too small for the graph, or where `normalization` does not have one
  ///   mean and std per input channel.
  public init(
    _ graph: Graph, inputHeight: Int, inputWidth: Int, normalization: Normalization = .imageNet,
    instructions: Instructions? = nil
  ) throws {
    guard normalization.mean.count == graph.inputChannels, normalization.std.count == graph.inputChannels else {
      throw GraphError(
        "\(graph.name) takes \(graph.inputChannels) channels, but mean and std have \(normalization.mean.count) and "
          + "\(normalization.std.count) values")
    }
    self.graph = graph
    self.normalization = normalization
    self.instructions = instructions ?? Instructions.available.first!
    precondition(self.instructions.kernel != nil, "this processor lacks \(self.instructions.rawValue)")
    shapes = try graph.shapes(inputHeight: inputHeight, inputWidth: inputWidth)
    let layouts = FloatTensorLayout.all(of: graph, shapes: shapes)
    self.layouts = layouts
    convolutions = graph.layers.enumerated().map { index, layer in
      func packed(_ convolution: Convolution, _ input: Int, _ shortcut: Int?, _ relu: Bool) -> FloatConvolution {
        FloatConvolution(
          convolution, storedInputs: layouts[input].xStride, input: input, output: index + 1, shortcut: shortcut,
          relu: relu)
      }
      switch layer.operation {
      case .convolution(let convolution, nil, let relu):
        return [packed(convolution, layer.input, nil, relu)]
      case .convolution(let convolution, .identity(let tensor)?, let relu):
        return [packed(convolution, layer.input, tensor, relu)]
      case .convolution(let convolution, .projection(let tensor, let projection)?, let relu):
        // The projection writes to the output tensor, where the convolution then adds it.
        return [packed(projection, tensor, nil, false), packed(convolution, layer.input, index + 1, relu)]
      case .fullyConnected(let weights, let bias, let inputs, let outputs):
        let convolution = Convolution(
          weights: weights, bias: bias, inputChannels: inputs, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
        return [packed(convolution, layer.input, nil, false)]
      case .maxPool, .globalAveragePool:
        return []
      }
    }
  }

  /// The memory that one thread needs for the tensors of an image.
  public final class Workspace {
    let memory: [AlignedFloats]

    init(_ layouts: [FloatTensorLayout]) { memory = layouts.map { AlignedFloats(count: $0.count) } }
  }

  public func makeWorkspace() -> Workspace { Workspace(layouts) }

  /// Runs one image.
  ///
  /// - Parameters:
  ///   - pixels: input height x width x channels bytes, row by row, channels interleaved (HWC).
  ///   - observe: called after each layer, with the index and the elements of the tensor that the layer made.
  /// - Returns: the last tensor: logits, or the feature vector of a network without a classifier.
  public func run(
    _ pixels: UnsafeBufferPointer<UInt8>, workspace: Workspace, observe: ((Int, FloatTensorView) -> Void)? = nil
  ) -> [Float] {
    precondition(pixels.count == shapes[0].count, "\(pixels.count) bytes are no image of \(shapes[0])")
    let memory = workspace.memory
    normalize(pixels, into: memory[0].pointer)
    let convolve = instructions.kernel!
    for (index, layer) in graph.layers.enumerated() {
      switch layer.operation {
      case .convolution, .fullyConnected:
        for convolution in convolutions[index] { convolution.run(convolve, memory, layouts) }
      case .maxPool(let kernel, let stride, let padding):
        maxPool(
          layouts[layer.input], memory[layer.input].pointer, layouts[index + 1], memory[index + 1].pointer,
          kernel: kernel, stride: stride, padding: padding)
      case .globalAveragePool:
        globalAveragePool(layouts[layer.input], memory[layer.input].pointer, memory[index + 1].pointer)
      }
      observe?(index + 1, FloatTensorView(layouts[index + 1], memory[index + 1].pointer))
    }
    return FloatTensorView(layouts.last!, memory.last!.pointer).values
  }

  /// Runs one image that is an array, with a workspace made for this call.
  public func run(_ pixels: [UInt8]) -> [Float] {
    pixels.withUnsafeBufferPointer { run($0, workspace: makeWorkspace()) }
  }

  private func normalize(_ pixels: UnsafeBufferPointer<UInt8>, into memory: UnsafeMutablePointer<Float>) {
    let layout = layouts[0]
    let channels = layout.shape.channels
    let values = normalization.values
    var source = 0
    for y in 0..<layout.shape.height {
      let row = memory + layout.origin + y * layout.yStride
      for index in 0..<layout.shape.width * channels {
        row[index] = values[index % channels * 256 + Int(pixels[source])]
        source += 1
      }
    }
  }
}
