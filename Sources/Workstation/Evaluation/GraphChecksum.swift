import Graphs
import ModelFormat

extension Graph {
  /// A checksum of all that decides on the network's outputs: operations, their order, weights and biases. It does not
  /// depend on the file format that the network was read from, nor on the names of its tensors.
  public var checksum: UInt64 {
    var checksum = Checksum()
    checksum.append([inputChannels])
    for layer in layers {
      checksum.append([layer.input])
      switch layer.operation {
      case .convolution(let convolution, let shortcut, let relu):
        checksum.append([0, relu ? 1 : 0])
        checksum.append(convolution)
        switch shortcut {
        case nil: checksum.append([0])
        case .identity(let tensor): checksum.append([1, tensor])
        case .projection(let tensor, let convolution):
          checksum.append([2, tensor])
          checksum.append(convolution)
        }
      case .maxPool(let kernel, let stride, let padding): checksum.append([1, kernel, stride, padding])
      case .averagePool(let size): checksum.append([2, size])
      case .globalMaxPool: checksum.append([3])
      case .globalAveragePool: checksum.append([4])
      case .fullyConnected(let weights, let bias, let inputs, let outputs):
        checksum.append([5, inputs, outputs])
        checksum.append(weights)
        checksum.append(bias)
      }
    }
    return checksum.value
  }
}

extension Checksum {
  fileprivate mutating func append(_ convolution: Convolution) {
    append([
      convolution.inputChannels, convolution.outputChannels, convolution.kernelHeight, convolution.kernelWidth,
      convolution.stride, convolution.padding, convolution.dilation, convolution.groups,
    ])
    append(convolution.weights)
    append(convolution.bias)
  }

  fileprivate mutating func append(_ numbers: [Int]) {
    for number in numbers { append(UInt64(number)) }
  }

  fileprivate mutating func append(_ numbers: [Float]) { numbers.withUnsafeBytes { append($0) } }
}
