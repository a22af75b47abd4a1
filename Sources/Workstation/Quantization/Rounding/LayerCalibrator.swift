import FloatRuntime
import Graphs
import ModelFormat
import ResNetInt8

/// Chooses the weights and biases of a model's layers, one after the other, for what the layers before them really compute in
/// int8 on calibration images.
final class LayerCalibrator {
  private let file: ModelFile
  private let samples: [CalibrationSample]
  private let arenas: CalibrationArenas

  /// - Parameters:
  ///   - file: the model. Whoever calls fills in its layers.
  ///   - samples: the images, at least one.
  init(_ file: ModelFile, samples: [CalibrationSample]) {
    self.file = file
    self.samples = samples
    arenas = CalibrationArenas(file.model, images: samples.map(\.pixels))
  }

  /// Runs a layer that is filled in, so that the next one finds its input.
  func run(layer index: Int) { arenas.run(layer: index) }

  /// The output pixels whose windows a rounding is made for. More of them improve nothing (docs/fidelity.md); their products
  /// must fit Int32, which up to 65,793 do.
  private static let pixelCount = 24_576

  /// Returns the rounding of a convolution's weights for the codes that it reads.
  ///
  /// - Parameters:
  ///   - tensor: the tensor that the convolution reads.
  ///   - shape: the shape of its output.
  func rounding(of convolution: Convolution, reading tensor: Int, shape: TensorShape) -> ErrorSpreading {
    let input = file.model.tensor(UInt32(tensor))
    let places = SamplePlaces(shape, imageCount: samples.count, total: Self.pixelCount)
    return ErrorSpreading(
      factors: (0..<convolution.groups).map { group in
        let window = SampleWindow(convolution, group: group, of: input)
        let codes = arenas.samples(of: input, window, at: places)
        return CholeskyFactor(Covariance(codes, .fastest))
      })
  }

  /// Moves a layer's biases so that the mean of each channel of its output becomes the float network's, fills them in, and
  /// runs the layer.
  ///
  /// Two rounds: a ReLU passes on only a part of what is added before it.
  ///
  /// - Parameter output: the coding of the layer's output.
  func correctBiases(of convolution: QuantizedConvolution, layer index: Int, output: QuantizationParameters) {
    var convolution = convolution
    file.fill(layer: index, convolution)
    let floatMeans = convolution.units.indices.map { channel in
      samples.reduce(0.0) { $0 + Double($1.means[index + 1][channel]) } / Double(samples.count)
    }
    for _ in 0..<2 {
      let means = arenas.outputMeans(layer: index)
      let corrections = convolution.units.indices.map { channel in
        floatMeans[channel] - Double(output.scale) * (means[channel] - Double(output.zeroPoint))
      }
      convolution.addToBiases(corrections)
      file.fill(layer: index, convolution)
    }
    run(layer: index)
  }
}
