import CFloatKernels
import Graphs

/// A convolution of a network, and the tensors it works on.
struct PlacedConvolution: Sendable {
  let convolution: Convolution
  let input: Int
  /// Whether it reads the input as shortcuts do.
  var readsShortcut = false
  let output: Int
  /// The tensor that is added before ReLU.
  var shortcut: Int?
  var relu = false
}

/// The groups of a convolution as the kernels see them. Each merges one or more neighbouring groups of the convolution.
struct FloatGroups: Sendable {
  let count: Int
  /// The groups of the convolution that become one.
  let merged: Int
  /// The input channels of one of these groups. A single group has all channels as stored.
  let inputs: Int
  /// The blocks of 16 output channels of one of these groups.
  let blocks: Int

  /// - Parameter storedInputs: the input's channels as stored, that is `FloatTensorLayout.xStride`.
  init(_ convolution: Convolution, storedInputs: Int) {
    // A group whose outputs are not a multiple of 16 would leave lanes empty. So several groups become
    // one, with zeros off its diagonal, as many as make a multiple of 16. Where the groups do not divide
    // evenly into such, all become one.
    let outputs = convolution.outputChannels / convolution.groups
    var merged = 1
    while merged * outputs % 16 != 0 { merged += 1 }
    if convolution.groups % merged != 0 { merged = convolution.groups }
    self.merged = merged
    count = convolution.groups / merged
    inputs = count == 1 ? storedInputs : merged * (convolution.inputChannels / convolution.groups)
    blocks = (merged * outputs + 15) / 16
  }

  /// The number of weights of the convolution when it is packed. It need not fit an Int.
  func weightCount(_ convolution: Convolution) -> Double {
    Double(count * blocks * 16) * Double(convolution.kernelHeight * convolution.kernelWidth) * Double(inputs)
  }
}

/// A convolution with its weights packed for the float kernels.
struct FloatConvolution: Sendable {
  private let placed: PlacedConvolution
  private let groups: FloatGroups
  private let weights: AlignedFloats
  private let bias: AlignedFloats

  /// Packs the weights and biases.
  init(_ placed: PlacedConvolution, _ groups: FloatGroups) {
    self.placed = placed
    self.groups = groups
    let convolution = placed.convolution
    let inputs = convolution.inputChannels / convolution.groups
    let outputs = convolution.outputChannels / convolution.groups
    let merged = groups.merged
    let taps = convolution.kernelHeight * convolution.kernelWidth
    let depth = taps * groups.inputs
    weights = AlignedFloats(count: groups.count * groups.blocks * depth * 16)
    bias = AlignedFloats(count: groups.count * groups.blocks * 16)
    for channel in 0..<convolution.outputChannels {
      let group = channel / outputs
      let place = channel - group / merged * merged * outputs
      let block = group / merged * groups.blocks + place / 16
      bias.pointer[block * 16 + place % 16] = convolution.bias[channel]
      let packed = weights.pointer + block * depth * 16 + place % 16
      for tap in 0..<taps {
        for index in 0..<inputs {
          packed[(tap * groups.inputs + group % merged * inputs + index) * 16] =
            convolution.weights[(channel * taps + tap) * inputs + index]
        }
      }
    }
  }

  /// Computes the output tensor in `memory`, which holds one buffer per tensor.
  ///
  /// - Parameter added: the buffers that shortcuts are read from.
  func run(
    _ kernel: float_convolve_function, _ memory: [AlignedFloats], added: [AlignedFloats],
    _ layouts: [FloatTensorLayout]
  ) {
    let convolution = placed.convolution
    let (from, to) = (layouts[placed.input], layouts[placed.output])
    // Without dilation and groups a whole kernel row is contiguous.
    let rowIsContiguous = convolution.dilation == 1 && groups.count == 1
    let shortcut = placed.shortcut.map { UnsafePointer(added[$0].pointer + layouts[$0].origin) }
    let input = placed.readsShortcut ? added[placed.input] : memory[placed.input]
    var call = float_convolution(
      input: input.pointer + from.origin - convolution.padding * (from.yStride + from.xStride),
      weights: weights.pointer, bias: bias.pointer, shortcut: shortcut,
      output: memory[placed.output].pointer + to.origin, height: to.shape.height, width: to.shape.width,
      y_stride: convolution.stride * from.yStride, x_stride: convolution.stride * from.xStride,
      output_y_stride: to.yStride, output_x_stride: to.xStride,
      shortcut_y_stride: placed.shortcut.map { layouts[$0].yStride } ?? 0,
      rows: convolution.kernelHeight, columns: rowIsContiguous ? 1 : convolution.kernelWidth,
      length: rowIsContiguous ? convolution.kernelWidth * groups.inputs : groups.inputs,
      row_stride: convolution.dilation * from.yStride, column_stride: convolution.dilation * from.xStride,
      groups: groups.count, group_stride: groups.inputs, blocks_per_group: groups.blocks, relu: placed.relu)
    kernel(&call)
  }
}
