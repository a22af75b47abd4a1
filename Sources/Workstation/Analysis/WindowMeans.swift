import FloatRuntime
import Graphs

/// The mean of what each weight of a convolution meets, over the output pixels of images.
struct WindowMeans: Sendable {
  /// One mean for each row and column of the kernel and each input channel, in that order.
  private(set) var means: [Double]

  /// - Parameters:
  ///   - input: the tensor that the convolution reads.
  ///   - output: the shape of the tensor that it makes.
  init(_ convolution: Convolution, reading input: FloatTensorView, output: TensorShape) {
    let channels = convolution.inputChannels
    means = []
    means.reserveCapacity(convolution.kernelHeight * convolution.kernelWidth * channels)
    for row in 0..<convolution.kernelHeight {
      for column in 0..<convolution.kernelWidth {
        var sums = [Float](repeating: 0, count: channels)
        for outputY in 0..<output.height {
          let y = outputY * convolution.stride - convolution.padding + row * convolution.dilation
          guard 0..<input.shape.height ~= y else { continue }
          for outputX in 0..<output.width {
            let x = outputX * convolution.stride - convolution.padding + column * convolution.dilation
            guard 0..<input.shape.width ~= x else { continue }
            let pixel = input.pixel(y, x)
            for channel in 0..<channels { sums[channel] += pixel[channel] }
          }
        }
        means += sums.map { Double($0) / Double(output.height * output.width) }
      }
    }
  }

  /// The mean over several images.
  init(meanOf images: [WindowMeans]) {
    means = images[0].means.indices.map { index in
      images.reduce(0) { $0 + $1.means[index] } / Double(images.count)
    }
  }

  /// Returns the mean of what weights would make of these inputs, for each output channel.
  ///
  /// - Parameter weights: OHWI, as the convolution's.
  func means(of weights: [Float], _ convolution: Convolution) -> [Double] {
    let inputs = convolution.inputChannels / convolution.groups
    let outputs = convolution.outputChannels / convolution.groups
    let taps = convolution.kernelHeight * convolution.kernelWidth
    return (0..<convolution.outputChannels).map { channel in
      (0..<taps).reduce(0.0) { sum, tap in
        let first = tap * convolution.inputChannels + channel / outputs * inputs
        let own = (channel * taps + tap) * inputs
        return (0..<inputs).reduce(sum) { $0 + Double(weights[own + $1]) * means[first + $1] }
      }
    }
  }
}
