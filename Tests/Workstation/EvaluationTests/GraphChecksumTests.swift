import Checkpoints
import Evaluation
import Foundation
import Graphs
import TestSupport
import Testing

@Suite struct GraphChecksumTests {
  private func checksum(_ operations: [Layer.Operation], inputs: [Int]? = nil, channels: Int = 1) -> UInt64 {
    let layers = operations.enumerated().map { Layer(name: "\($0)", input: inputs?[$0] ?? $0, operation: $1) }
    return Graph(name: "graph", inputChannels: channels, layers: layers).checksum
  }

  private func convolution(
    _ weight: Float = 1, bias: Float = 0, stride: Int = 1, padding: Int = 0, dilation: Int = 1
  ) -> Convolution {
    Convolution(
      weights: [weight], bias: [bias], inputChannels: 1, outputChannels: 1, kernelHeight: 1, kernelWidth: 1,
      stride: stride, padding: padding, dilation: dilation)
  }

  /// No two of these networks have the same outputs.
  @Test func whatDecidesOnTheOutputsIsInIt() {
    let plain = Layer.Operation.convolution(convolution(), shortcut: nil, relu: true)
    let checksums = [
      checksum([plain]), checksum([plain], channels: 3), checksum([plain, plain]),
      checksum([plain, plain], inputs: [0, 0]),
      checksum([.convolution(convolution(), shortcut: nil, relu: false)]),
      checksum([.convolution(convolution(1.0000001), shortcut: nil, relu: true)]),
      checksum([.convolution(convolution(bias: 1), shortcut: nil, relu: true)]),
      checksum([.convolution(convolution(stride: 2), shortcut: nil, relu: true)]),
      checksum([.convolution(convolution(padding: 2), shortcut: nil, relu: true)]),
      checksum([.convolution(convolution(dilation: 2), shortcut: nil, relu: true)]),
      checksum([.convolution(convolution(), shortcut: .identity(tensor: 0), relu: true)]),
      checksum([.convolution(convolution(), shortcut: .identity(tensor: 1), relu: true)]),
      checksum([.convolution(convolution(), shortcut: .projection(tensor: 0, convolution()), relu: true)]),
      checksum([.convolution(convolution(), shortcut: .projection(tensor: 1, convolution()), relu: true)]),
      checksum([.convolution(convolution(), shortcut: .projection(tensor: 0, convolution(2)), relu: true)]),
      checksum([.maxPool(kernel: 3, stride: 2, padding: 1)]), checksum([.maxPool(kernel: 3, stride: 1, padding: 2)]),
      checksum([.averagePool(size: 2)]), checksum([.averagePool(size: 3)]), checksum([.globalAveragePool]),
      checksum([.globalMaxPool, .globalAveragePool]),
      checksum([.fullyConnected(weights: [1], bias: [0], inputs: 1, outputs: 1)]),
      checksum([.fullyConnected(weights: [2], bias: [0], inputs: 1, outputs: 1)]),
      checksum([.fullyConnected(weights: [1], bias: [2], inputs: 1, outputs: 1)]),
      checksum([.fullyConnected(weights: [1, 2], bias: [0], inputs: 2, outputs: 1)]),
    ]
    #expect(Set(checksums).count == checksums.count)
  }

  @Test func theFileFormatIsNotInIt() throws {
    let checksums = try [".pth", "-legacy.pth", ".safetensors"].map { suffix in
      let file = fixtures.appending(path: "fashion-mnist/resnet20-fashion-mnist\(suffix)")
      return try Graph(recognizing: Checkpoint(contentsOf: file.path)).checksum
    }
    #expect(Set(checksums).count == 1)
  }
}
