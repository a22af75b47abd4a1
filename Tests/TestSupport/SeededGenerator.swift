import Graphs

/// A random number generator with a seed (SplitMix64). Its weights and pixels are the same on every run.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  package mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255, using: &self) } }

  package mutating func weights(_ count: Int) -> [Int8] {
    (0..<count).map { _ in .random(in: -128...127, using: &self) }
  }

  package mutating func floats(_ count: Int, within bound: Float) -> [Float] {
    (0..<count).map { _ in Float.random(in: -bound...bound, using: &self) }
  }

  /// Returns a convolution whose outputs are about as large as its inputs.
  package mutating func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, dilation: Int = 1, groups: Int = 1
  ) -> Convolution {
    let depth = kernel * kernel * inputs / groups
    return Convolution(
      weights: floats(outputs * depth, within: (3 / Float(depth)).squareRoot()), bias: floats(outputs, within: 0.5),
      inputChannels: inputs, outputChannels: outputs, kernelHeight: kernel, kernelWidth: kernel, stride: stride,
      padding: padding ?? dilation * (kernel / 2), dilation: dilation, groups: groups)
  }
}
