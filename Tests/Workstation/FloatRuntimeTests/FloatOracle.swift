import Quantization

/// Every tensor of a graph, computed one number at a time in double precision, HWC.
func oracle(_ graph: Graph, shapes: [TensorShape], pixels: [UInt8], _ normalization: Normalization) -> [[Double]] {
  let channels = shapes[0].channels
  var tensors = [
    pixels.enumerated().map { index, byte in
      (Double(byte) / 255 - Double(normalization.mean[index % channels])) / Double(normalization.std[index % channels])
    }
  ]
  for (index, layer) in graph.layers.enumerated() {
    let (from, input) = (shapes[layer.input], tensors[layer.input])
    let to = shapes[index + 1]
    var output = [Double](repeating: 0, count: to.count)
    switch layer.operation {
    case .convolution(let convolution, let shortcut, let relu):
      output = convolved(convolution, input, from, to)
      switch shortcut {
      case .identity(let tensor): output = zip(output, tensors[tensor]).map(+)
      case .projection(let tensor, let projection):
        output = zip(output, convolved(projection, tensors[tensor], shapes[tensor], to)).map(+)
      case nil: break
      }
      if relu { output = output.map { max($0, 0) } }
    case .maxPool(let kernel, let stride, let padding):
      for place in output.indices {
        let (y, x) = (place / to.channels / to.width, place / to.channels % to.width)
        var maximum = -Double.infinity
        for row in y * stride - padding..<y * stride - padding + kernel where 0..<from.height ~= row {
          for column in x * stride - padding..<x * stride - padding + kernel where 0..<from.width ~= column {
            maximum = max(maximum, input[(row * from.width + column) * from.channels + place % to.channels])
          }
        }
        output[place] = maximum
      }
    case .globalAveragePool:
      for place in input.indices { output[place % from.channels] += input[place] / Double(from.height * from.width) }
    case .fullyConnected(let weights, let bias, let inputs, _):
      for place in output.indices {
        output[place] = (0..<inputs).reduce(Double(bias[place])) {
          $0 + Double(weights[place * inputs + $1]) * input[$1]
        }
      }
    }
    tensors.append(output)
  }
  return tensors
}

private func convolved(_ convolution: Convolution, _ input: [Double], _ from: TensorShape, _ to: TensorShape)
  -> [Double]
{
  let inputs = convolution.inputChannels / convolution.groups
  let outputs = convolution.outputChannels / convolution.groups
  return (0..<to.count).map { place in
    let (pixel, channel) = (place / to.channels, place % to.channels)
    var sum = Double(convolution.bias[channel])
    for ky in 0..<convolution.kernelHeight {
      let y = pixel / to.width * convolution.stride - convolution.padding + ky * convolution.dilation
      for kx in 0..<convolution.kernelWidth {
        let x = pixel % to.width * convolution.stride - convolution.padding + kx * convolution.dilation
        guard 0..<from.height ~= y, 0..<from.width ~= x else { continue }
        let tap = (channel * convolution.kernelHeight + ky) * convolution.kernelWidth + kx
        let first = (y * from.width + x) * from.channels + channel / outputs * inputs
        for index in 0..<inputs { sum += Double(convolution.weights[tap * inputs + index]) * input[first + index] }
      }
    }
    return sum
  }
}

/// A generator with a seed (SplitMix64), for weights and pixels that are the same on every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, within bound: Float) -> [Float] {
    (0..<count).map { _ in Float.random(in: -bound...bound, using: &self) }
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }

  /// A convolution whose outputs are about as large as its inputs.
  mutating func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, dilation: Int = 1, groups: Int = 1
  ) -> Convolution {
    let depth = kernel * kernel * inputs / groups
    return Convolution(
      weights: floats(outputs * depth, within: (3 / Float(depth)).squareRoot()), bias: floats(outputs, within: 0.5),
      inputChannels: inputs, outputChannels: outputs, kernelHeight: kernel, kernelWidth: kernel, stride: stride,
      padding: padding ?? dilation * (kernel / 2), dilation: dilation, groups: groups)
  }
}
