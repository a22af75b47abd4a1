import Graphs

/// The shape of a convolution that a network may have.
package struct ConvolutionCase: CustomStringConvertible, Sendable {
  package let inputs: Int
  package let outputs: Int
  package let kernel: Int
  package let stride: Int
  package let dilation: Int
  package let groups: Int
  package let size: Int
  package let padding: Int?

  package init(
    inputs: Int = 16, outputs: Int = 16, kernel: Int = 3, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
    size: Int = 7, padding: Int? = nil
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.groups = groups
    self.size = size
    self.padding = padding
  }

  package var description: String {
    "\(size)x\(size)x\(inputs) to \(outputs), kernel \(kernel), stride \(stride), dilation \(dilation), groups \(groups)"
  }

  /// Cases with fewer, as many and more channels than the 16 of a vector and the 64 of a tile. Some have pixels that
  /// fill tiles of 6, and some do not.
  package static let all: [ConvolutionCase] =
    [1, 3, 15, 16, 17, 64, 70].flatMap { channels in
      [
        ConvolutionCase(inputs: channels, outputs: 16), ConvolutionCase(inputs: 16, outputs: channels),
        ConvolutionCase(inputs: channels, outputs: channels, kernel: 1, size: 6),
      ]
    }
    + [1, 2, 3].flatMap { stride in
      [1, 2, 3, 5, 7].map { ConvolutionCase(inputs: 5, outputs: 33, kernel: $0, stride: stride, size: 12) }
    } + [
      ConvolutionCase(dilation: 2), ConvolutionCase(inputs: 20, outputs: 20, stride: 2, dilation: 3, size: 11),
      ConvolutionCase(padding: 0), ConvolutionCase(padding: 4), ConvolutionCase(kernel: 1, size: 1),
      ConvolutionCase(inputs: 64, outputs: 80, kernel: 1, size: 2), ConvolutionCase(outputs: 144, size: 5),
      // These have groups: of 4, 8 and 16 channels as in ResNeXt, of sizes that are no multiple of 4, and depthwise.
      ConvolutionCase(inputs: 128, outputs: 128, groups: 32), ConvolutionCase(inputs: 64, outputs: 64, groups: 8),
      ConvolutionCase(inputs: 64, outputs: 64, groups: 4), ConvolutionCase(inputs: 128, outputs: 128, groups: 2),
      ConvolutionCase(inputs: 6, outputs: 9, groups: 3), ConvolutionCase(inputs: 48, outputs: 96, groups: 6),
      ConvolutionCase(inputs: 40, outputs: 40, stride: 2, groups: 40),
      ConvolutionCase(inputs: 32, outputs: 32, dilation: 2, groups: 32),
    ]
}

/// Returns a network with every operation: a stem, a max pool, a block whose projection follows an average pool, one without
/// a projection, and a head. Its channel counts are no multiples of 16. An input of 33x33, as the tests give it, makes all tensors odd in height and
/// width.
package func residualGraph(_ random: inout SeededGenerator) -> Graph {
  Graph(
    name: "residual", inputChannels: 3,
    layers: [
      Layer(
        name: "stem", input: 0,
        operation: .convolution(random.convolution(3, 20, kernel: 7, stride: 2), shortcut: nil, relu: true)),
      Layer(name: "pool", input: 1, operation: .maxPool(kernel: 3, stride: 2, padding: 1)),
      Layer(name: "a.pool", input: 2, operation: .averagePool(size: 2)),
      Layer(
        name: "a1", input: 2,
        operation: .convolution(random.convolution(20, 36, kernel: 3, stride: 2), shortcut: nil, relu: true)),
      Layer(
        name: "a2", input: 4,
        operation: .convolution(
          random.convolution(36, 36, kernel: 3),
          shortcut: .projection(tensor: 3, random.convolution(20, 36, kernel: 1)), relu: false)),
      Layer(
        name: "b", input: 5,
        operation: .convolution(random.convolution(36, 36, kernel: 3), shortcut: .identity(tensor: 5), relu: true)),
      Layer(name: "average", input: 6, operation: .globalAveragePool),
      Layer(
        name: "fc", input: 7,
        operation: .fullyConnected(
          weights: random.floats(36 * 10, within: 0.3), bias: random.floats(10, within: 0.3), inputs: 36, outputs: 10)),
    ])
}
