import CFloatKernels
import Graphs
import Platform

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
  let layouts: [FloatTensorLayout]
  /// The convolutions of each layer, in the order they run. A projection shortcut comes
  /// before the convolution that adds it.
  private let convolutions: [[FloatConvolution]]
  private let instructions: Instructions

  /// Packs the weights of `graph` for inputs of `inputHeight` x `inputWidth` pixels.
  ///
  /// - Parameter instructions: the kernels to use; by default the fastest that this processor has.
  /// - Throws: `GraphError` where the input is too small for the graph, where `normalization` does not have one mean and
  ///   std per input channel, within their bounds, or where weights or tensors would take too much memory.
  public init(
    _ graph: Graph, inputHeight: Int, inputWidth: Int, normalization: Normalization = .imageNet,
    instructions: Instructions? = nil
  ) throws {
    guard normalization.mean.count == graph.inputChannels, normalization.std.count == graph.inputChannels else {
      throw GraphError(
        "\(graph.name) takes \(graph.inputChannels) channels, but mean and std have \(normalization.mean.count) and "
          + "\(normalization.std.count) values")
    }
    guard normalization.mean.allSatisfy(Normalization.means.contains),
      normalization.std.allSatisfy(Normalization.standardDeviations.contains)
    else {
      throw GraphError(
        "mean \(normalization.mean) and std \(normalization.std) are not those of images: means lie in "
          + "\(Normalization.means), and standard deviations in \(Normalization.standardDeviations)")
    }
    self.graph = graph
    self.normalization = normalization
    self.instructions = instructions ?? Instructions.available.first!
    precondition(self.instructions.kernel != nil, "this processor lacks \(self.instructions.rawValue)")
    shapes = try graph.shapes(inputHeight: inputHeight, inputWidth: inputWidth)
    let layouts = FloatTensorLayout.all(of: graph, shapes: shapes)
    self.layouts = layouts
    try Self.checkSize(layouts, graph)
    let placed = graph.layers.enumerated().map { Self.convolutions(of: $1, output: $0 + 1) }
    func groups(_ placed: PlacedConvolution) -> FloatGroups {
      FloatGroups(placed.convolution, storedInputs: layouts[placed.input].xStride)
    }
    var budget = PackingBudget()
    for (layer, placed) in zip(graph.layers, placed) {
      for placed in placed {
        let convolution = placed.convolution
        try budget.take(convolution, packed: groups(placed).weightCount(convolution), name: layer.name)
      }
    }
    convolutions = placed.map { $0.map { FloatConvolution($0, groups($0)) } }
  }

  /// Returns the convolutions of a layer, in the order they run.
  private static func convolutions(of layer: Layer, output: Int) -> [PlacedConvolution] {
    switch layer.operation {
    case .convolution(let convolution, let shortcut, let relu):
      var placed = PlacedConvolution(convolution: convolution, input: layer.input, output: output, relu: relu)
      switch shortcut {
      case .identity(let tensor): placed.shortcut = tensor
      case .projection(let tensor, let projection):
        // The projection writes to the output tensor, where the convolution then adds it.
        placed.shortcut = output
        let projected = PlacedConvolution(
          convolution: projection, input: tensor, readsShortcut: true, output: output)
        return [projected, placed]
      case nil: break
      }
      return [placed]
    case .fullyConnected(let weights, let bias, let inputs, let outputs):
      let convolution = Convolution(
        weights: weights, bias: bias, inputChannels: inputs, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
      return [PlacedConvolution(convolution: convolution, input: layer.input, output: output)]
    case .maxPool, .averagePool, .globalMaxPool, .globalAveragePool: return []
    }
  }

  /// Throws where the tensors of all threads together take more memory than there is.
  private static func checkSize(_ layouts: [FloatTensorLayout], _ graph: Graph) throws(GraphError) {
    let byteCount = layouts.reduce(0.0) { $0 + $1.byteCount } * Double(ProcessInfo.processInfo.activeProcessorCount)
    guard byteCount <= availableMemory else {
      let size = layouts[0].shape
      throw GraphError(
        "an input of \(size.height)x\(size.width) is too large for \(graph.name): its float tensors take "
          + "\(Int(byteCount / 1e6)) MB, more memory than this machine has; choose a smaller input size")
    }
  }

  /// The memory that one thread needs for the tensors of an image.
  public final class Workspace {
    let memory: [AlignedFloats]
    /// The tensors as shortcuts and the global average pool read them: `memory`, but where `replace` gave them others.
    var added: [AlignedFloats]

    init(_ layouts: [FloatTensorLayout]) {
      memory = layouts.map { AlignedFloats(count: $0.count) }
      added = memory
    }
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
    normalize(pixels, into: workspace.memory[0].pointer)
    for index in graph.layers.indices {
      run(layer: index, in: workspace)
      observe?(index + 1, tensor(index + 1, in: workspace))
    }
    return tensor(graph.layers.count, in: workspace).values
  }

  /// Runs one layer. The tensors that it reads are in the workspace, where it leaves the one that it makes.
  public func run(layer index: Int, in workspace: Workspace) {
    let layer = graph.layers[index]
    let (memory, added) = (workspace.memory, workspace.added)
    switch layer.operation {
    case .convolution, .fullyConnected:
      for convolution in convolutions[index] { convolution.run(instructions.kernel!, memory, added: added, layouts) }
    case .maxPool(let kernel, let stride, let padding):
      maxPool(
        layouts[layer.input], memory[layer.input].pointer, layouts[index + 1], memory[index + 1].pointer,
        kernel: kernel, stride: stride, padding: padding)
    case .averagePool(let size):
      averagePool(
        layouts[layer.input], memory[layer.input].pointer, layouts[index + 1], memory[index + 1].pointer, size: size)
    case .globalMaxPool:
      maxPool(
        layouts[layer.input], memory[layer.input].pointer, layouts[index + 1], memory[index + 1].pointer,
        kernel: max(shapes[layer.input].height, shapes[layer.input].width), stride: 1, padding: 0)
    case .globalAveragePool:
      globalAveragePool(layouts[layer.input], added[layer.input].pointer, memory[index + 1].pointer)
    }
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
