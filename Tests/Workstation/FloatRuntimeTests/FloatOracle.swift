import FloatRuntime
import Graphs

/// Computes every tensor of a graph in HWC order, one number at a time, in double precision.
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
    case .averagePool(let size):
      for place in output.indices {
        let (y, x) = (place / to.channels / to.width, place / to.channels % to.width)
        var values: [Double] = []
        for row in y * size..<(y + 1) * size where row < from.height {
          for column in x * size..<(x + 1) * size where column < from.width {
            values.append(input[(row * from.width + column) * from.channels + place % to.channels])
          }
        }
        output[place] = values.reduce(0, +) / Double(values.count)
      }
    case .globalMaxPool:
      output = Array(repeating: -.infinity, count: from.channels)
      for place in input.indices { output[place % from.channels] = max(output[place % from.channels], input[place]) }
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
