import Graphs
import Quantization
import TestSupport
import Testing

@Suite struct WeightPackingTests {
  /// Blocks, groups and rows of every kind are taken apart again.
  @Test(arguments: ConvolutionCase.all)
  func codesAreReadBack(_ shape: ConvolutionCase) {
    var random = SeededGenerator(state: 5)
    let convolution = random.convolution(
      shape.inputs, shape.outputs, kernel: shape.kernel, stride: shape.stride, padding: shape.padding,
      dilation: shape.dilation, groups: shape.groups)
    let codes = random.weights(convolution.weights.count)
    let stored = (shape.inputs + 15) / 16 * 16
    let packed = PackedWeights(convolution, codes: codes, storedInputs: stored)
    let read = packed.bytes.withUnsafeBufferPointer {
      PackedWeights.codes($0.baseAddress!, of: convolution, storedInputs: stored)
    }
    #expect(read == codes)
  }
}
