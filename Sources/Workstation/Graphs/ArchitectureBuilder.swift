import Checkpoints
import Platform

/// Turns named tensors into layers, and checks every shape against the layers before it.
struct ArchitectureBuilder {
  let path: String
  let names: NetworkNames
  private(set) var layers: [Layer] = []
  /// The channels of the tensor that the last layer made.
  private(set) var channels = 0
  /// The tensors not used so far. Weights leave when they are folded, so that a network never needs twice its size.
  private var tensors: [String: Tensor]
  /// The weights that shortcuts may still have beyond those of the file: at first as many as the tensors have elements. Those
  /// of slices, option A's shortcuts, grow with the square of the channels, where a hostile file need not grow so.
  private var weightsLeft: Int

  init(_ checkpoint: consuming Checkpoint, _ names: NetworkNames) {
    path = checkpoint.path
    tensors = checkpoint.tensors
    weightsLeft = tensors.values.reduce(0) { $0 + $1.values.count }
    self.names = names
  }

  /// The index of the tensor that the last layer made.
  private var last: Int { layers.count }

  mutating func append(_ name: String, _ operation: Layer.Operation, input: Int? = nil) {
    layers.append(Layer(name: name, input: input ?? last, operation: operation))
  }

  /// Appends the layer of a unit, which bears the name of its convolution.
  private mutating func append(_ unit: Naming.Unit, _ operation: Layer.Operation, input: Int? = nil) {
    append(String(unit.convolution.dropFirst(names.prefix.count)), operation, input: input)
  }

  /// Returns the kernel of each convolution of the stem.
  func stemKernels() throws(ArchitectureError) -> [Int] {
    var kernels: [Int] = []
    for (i, unit) in names.stem.enumerated() {
      let name = "\(unit.convolution).weight"
      let shape = try shape(of: name, dimensions: 4)
      guard shape[2] == shape[3] else { throw wrongShape(name, "[channels, inputs, kernel, kernel]") }
      guard i > 0 || shape[1] == 3 || shape[1] == 1 else {
        throw wrongShape(name, "[channels, 3 or 1, kernel, kernel]")
      }
      kernels.append(shape[2])
    }
    return kernels
  }

  /// Appends the convolutions of the stem, the first of which has the stride.
  mutating func appendStem(_ properties: Properties) throws(ArchitectureError) {
    channels = try shape(of: "\(names.stem[0].convolution).weight", dimensions: 4)[1]
    for (i, (unit, kernel)) in zip(names.stem, try stemKernels()).enumerated() {
      // The padding is half the kernel, as labml has it. For odd kernels it equals torchvision's (kernel - 1) / 2.
      let convolution = try convolution(
        unit, properties, inputs: channels, kernel: kernel, stride: i == 0 ? properties.stemStride : 1,
        padding: kernel / 2)
      append(unit, .convolution(convolution, shortcut: nil, relu: !names.naming.isLabml))
      channels = convolution.outputChannels
    }
  }

  /// Appends a residual block. ReLU follows each convolution; before the last ReLU the shortcut is added.
  mutating func appendBlock(
    _ block: NetworkNames.Block, _ properties: Properties, stride: Int, dilation: Int
  ) throws(ArchitectureError) {
    let input = last
    let inputChannels = channels
    let isBottleneck = block.units.count == 3
    let isPooled = properties.hasShortcuts && block.shortcut?.hasAveragePool == true && stride == 2
    if isPooled { append("\(block.prefix.dropFirst(names.prefix.count)).downsample.0", .averagePool(size: 2)) }
    let shortcutInput = last
    for (i, unit) in block.units.enumerated() {
      let is3x3 = !isBottleneck || i == 1
      let strides = isBottleneck && !properties.strideIn1x1 ? i == 1 : i == 0
      let dilation = is3x3 ? dilation : 1
      let convolution = try convolution(
        unit, properties, inputs: channels, kernel: is3x3 ? 3 : 1, stride: strides ? stride : 1,
        padding: is3x3 ? dilation : 0,
        dilation: dilation, mayGroup: isBottleneck && i == 1)
      channels = convolution.outputChannels
      let isLast = i == block.units.count - 1
      let shortcut =
        isLast && properties.hasShortcuts
        ? try self.shortcut(
          of: block, properties, from: shortcutInput, inputChannels, stride: isPooled ? 1 : stride) : nil
      append(unit, .convolution(convolution, shortcut: shortcut, relu: true), input: i == 0 ? input : last)
    }
  }

  mutating func appendHead(_ name: String) throws(ArchitectureError) {
    let shape = try shape(of: "\(name).weight", dimensions: 2)
    guard shape[1] == channels else { throw wrongShape("\(name).weight", "[classes, \(channels)]") }
    let outputs = shape[0]
    let bias =
      tensors["\(name).bias"] == nil
      ? [Float](repeating: 0, count: outputs) : try vector("\(name).bias", count: outputs)
    append(
      String(name.dropFirst(names.prefix.count)),
      .fullyConnected(
        weights: tensors["\(name).weight"]!.values, bias: bias, inputs: channels, outputs: outputs))
    channels = outputs
  }

  private mutating func shortcut(
    of block: NetworkNames.Block, _ properties: Properties, from tensor: Int, _ inputChannels: Int, stride: Int
  ) throws(ArchitectureError) -> Layer.Shortcut {
    if let shortcut = block.shortcut {
      let projection = try convolution(
        shortcut.unit, properties, inputs: inputChannels, kernel: 1, stride: stride)
      guard projection.outputChannels == channels else {
        throw wrongShape("\(shortcut.unit.convolution).weight", "[\(channels), \(inputChannels), 1, 1]")
      }
      return .projection(tensor: tensor, projection)
    }
    if stride == 1 && inputChannels == channels { return .identity(tensor: tensor) }
    let added = channels - inputChannels
    guard !names.naming.isLabml, !names.hasShortcutWeights, added >= 0, added.isMultiple(of: 2) else {
      throw failure(
        "missing the shortcut's weights (\(block.prefix).downsample.0.weight, or shortcut) where \(inputChannels)"
          + " channels become \(channels) at stride \(stride)")
    }
    // A division, since the product might overflow.
    guard inputChannels <= weightsLeft / channels else {
      throw failure(
        "the shortcut of \(block.prefix) takes \(inputChannels) channels to \(channels) by more zeros than the file has"
          + " weights")
    }
    weightsLeft -= inputChannels * channels
    return .projection(tensor: tensor, Self.slice(inputChannels, to: channels, stride: stride))
  }

  /// Returns the shortcut of option A of He et al. 2015 as a 1x1 convolution. It takes every `stride`-th pixel and adds
  /// zero channels, half of them before and half after the others.
  static func slice(_ inputs: Int, to outputs: Int, stride: Int) -> Convolution {
    var weights = [Float](repeating: 0, count: outputs * inputs)
    for i in 0..<inputs { weights[((outputs - inputs) / 2 + i) * inputs + i] = 1 }
    return Convolution(
      weights: weights, bias: [Float](repeating: 0, count: outputs), inputChannels: inputs, outputChannels: outputs,
      kernelHeight: 1, kernelWidth: 1, stride: stride)
  }

  /// Returns the unit's convolution with its batch norm folded in.
  private mutating func convolution(
    _ unit: Naming.Unit, _ properties: Properties, inputs: Int, kernel: Int, stride: Int, padding: Int = 0,
    dilation: Int = 1,
    mayGroup: Bool = false
  ) throws(ArchitectureError) -> Convolution {
    let name = "\(unit.convolution).weight"
    let shape = try shape(of: name, dimensions: 4)
    let depth = shape[1]
    guard shape[2] == kernel, shape[3] == kernel, depth == inputs || mayGroup && inputs.isMultiple(of: depth),
      shape[0].isMultiple(of: inputs / depth)
    else {
      throw wrongShape(name, "[outputs, \(inputs)\(mayGroup ? " / groups" : ""), \(kernel), \(kernel)]")
    }
    let outputs = shape[0]
    let biasName = "\(unit.convolution).bias"
    let bias = tensors[biasName] == nil ? nil : try vector(biasName, count: outputs)
    let norm = names.isFolded ? nil : try batchNorm(unit.norm, epsilon: properties.batchNormEpsilon, count: outputs)
    do {
      let folded = try (norm ?? .identity(count: outputs)).folding(tensors.removeValue(forKey: name)!, bias: bias)
      return Convolution(
        weights: folded.weights, bias: folded.bias, inputChannels: inputs, outputChannels: outputs,
        kernelHeight: kernel, kernelWidth: kernel, stride: stride, padding: padding, dilation: dilation,
        groups: inputs / depth)
    } catch {
      throw failure(error.problem)
    }
  }

  private func batchNorm(_ name: String, epsilon: Double, count: Int) throws(ArchitectureError) -> BatchNorm {
    BatchNorm(
      name: name, gamma: try vector("\(name).weight", count: count), beta: try vector("\(name).bias", count: count),
      mean: try vector("\(name).running_mean", count: count),
      variance: try vector("\(name).running_var", count: count), epsilon: epsilon)
  }

  // MARK: Tensors

  /// Returns the shape of a tensor that `NetworkNames` found. Throws where a length is 0 or the number of
  /// dimensions is not `dimensions`.
  private func shape(of name: String, dimensions: Int) throws(ArchitectureError) -> [Int] {
    let shape = tensors[name]!.shape
    guard shape.count == dimensions, !shape.contains(0) else {
      throw wrongShape(name, "\(dimensions) dimensions, none of them 0")
    }
    return shape
  }

  private func vector(_ name: String, count: Int) throws(ArchitectureError) -> [Float] {
    let tensor = tensors[name]!
    guard tensor.shape == [count] else { throw wrongShape(name, "[\(count)]") }
    return tensor.values
  }

  private func wrongShape(_ name: String, _ expected: String) -> ArchitectureError {
    failure("tensor \(name) has shape \("\(tensors[name]!.shape)".printable), expected \(expected)")
  }

  private func failure(_ problem: String) -> ArchitectureError {
    ArchitectureError(path: path, problem: "\(problem); \(ArchitectureError.supported)")
  }
}
