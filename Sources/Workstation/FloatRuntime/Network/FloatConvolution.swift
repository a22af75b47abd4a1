import CFloatKernels
import Graphs

/// A convolution with its weights packed for the float kernels, and the tensors it works on.
struct FloatConvolution: Sendable {
  let input: Int
  let output: Int
  /// The tensor that is added before ReLU.
  let shortcut: Int?
  let relu: Bool
  private let convolution: Convolution
  private let weights: AlignedFloats
  private let bias: AlignedFloats
  /// The number of groups that the kernels see. Each merges one or more neighbouring groups of the convolution.
  private let groupCount: Int
  /// The input channels of one of these groups. A single group has all channels as stored.
  private let groupInputs: Int
  /// The blocks of 16 output channels of one of these groups.
  private let groupBlocks: Int

  /// Packs the weights and biases.
  ///
  /// - Parameter storedInputs: the input's channels as stored, that is `FloatTensorLayout.xStride`.
  init(_ convolution: Convolution, storedInputs: Int, input: Int, output: Int, shortcut: Int?, relu: Bool) {
    self.convolution = convolution
    self.input = input
    self.output = output
    self.shortcut = shortcut
    self.relu = relu

    // A group whose outputs are not a multiple of 16 would leave lanes empty. So several groups become
    // one, with zeros off its diagonal, as many as make a multiple of 16. Where the groups do not divide
    // evenly into such, all become one.
    let inputs = convolution.inputChannels / convolution.groups
    let outputs = convolution.outputChannels / convolution.groups
    var merged = 1
    while merged * outputs % 16 != 0 { merged += 1 }
    if convolution.groups % merged != 0 { merged = convolution.groups }
    groupCount = convolution.groups / merged
    groupInputs = groupCount == 1 ? storedInputs : merged * inputs
    groupBlocks = (merged * outputs + 15) / 16

    let taps = convolution.kernelHeight * convolution.kernelWidth
    let depth = taps * groupInputs
    weights = AlignedFloats(count: groupCount * groupBlocks * depth * 16)
    bias = AlignedFloats(count: groupCount * groupBlocks * 16)
    for channel in 0..<convolution.outputChannels {
      let group = channel / outputs
      let place = channel - group / merged * merged * outputs
      let block = group / merged * groupBlocks + place / 16
      bias.pointer[block * 16 + place % 16] = convolution.bias[channel]
      let packed = weights.pointer + block * depth * 16 + place % 16
      for tap in 0..<taps {
        for index in 0..<inputs {
          packed[(tap * groupInputs + group % merged * inputs + index) * 16] =
            convolution.weights[(channel * taps + tap) * inputs + index]
        }
      }
    }
  }

  /// Computes the output tensor in `memory`, which holds one buffer per tensor.
  func run(_ kernel: float_convolve_function, _ memory: [AlignedFloats], _ layouts: [FloatTensorLayout]) {
    let (from, to) = (layouts[input], layouts[output])
    // Without dilation and groups a whole kernel row is contiguous.
    let rowIsContiguous = convolution.dilation == 1 && groupCount == 1
    let shortcutPointer = shortcut.map { UnsafePointer(memory[$0].pointer + layouts[$0].origin) }
    var call = float_convolution(
      input: memory[input].pointer + from.origin - convolution.padding * (from.yStride + from.xStride),
      weights: weights.pointer, bias: bias.pointer, shortcut: shortcutPointer,
      output: memory[output].pointer + to.origin, height: to.shape.height, width: to.shape.width,
      y_stride: convolution.stride * from.yStride, x_stride: convolution.stride * from.xStride,
      output_y_stride: to.yStride, output_x_stride: to.xStride,
      shortcut_y_stride: shortcut.map { layouts[$0].yStride } ?? 0,
      rows: convolution.kernelHeight, columns: rowIsContiguous ? 1 : convolution.kernelWidth,
      length: rowIsContiguous ? convolution.kernelWidth * groupInputs : groupInputs,
      row_stride: convolution.dilation * from.yStride, column_stride: convolution.dilation * from.xStride,
      groups: groupCount, group_stride: groupInputs, blocks_per_group: groupBlocks, relu: relu)
    kernel(&call)
  }
}
