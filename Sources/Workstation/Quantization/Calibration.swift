import FloatRuntime
import Graphs

/// The values that a float network's tensors took over the calibration images, as histograms.
public struct Calibration: Sendable {
  /// The histogram of each tensor that decides a range; nil for the other tensors.
  public let histograms: [Histogram?]
  /// The number of images that were run.
  public let imageCount: Int
  /// Some of these images, spread evenly.
  public let samples: [CalibrationSample]
  /// For each tensor, the index of the tensor that decides its range. 0 stands for none: such
  /// tensors have no codes to choose.
  private let sources: [Int]
  private let graph: Graph
  private let shapes: [TensorShape]

  /// Runs images through the network, on all cores.
  ///
  /// - Parameters:
  ///   - requested: the number of images to ask `image` for, by the indices 0 ..< requested.
  ///   - sampleLimit: the most images to keep in `samples`.
  ///   - image: returns the bytes of an image, as `FloatNetwork.run` takes them, or nil to leave it out.
  ///     It is called on several threads.
  ///   - progress: called after each image, on any thread.
  /// - Throws: what `image` throws; `QuantizationError` where all images were left out, or where a layer makes a number
  ///   that is not finite or exceeds `Quantizer.largestMagnitude`.
  public init(
    _ network: FloatNetwork, imageCount requested: Int, keeping sampleLimit: Int = 0,
    image: @escaping @Sendable (Int) throws -> [UInt8]?,
    progress: @escaping @Sendable () -> Void = {}
  ) throws {
    let sources = Self.rangeSources(network.graph)
    let deciding = sources.indices.map { $0 > 0 && sources[$0] == $0 }
    var threads: [ThreadState] = []
    let sampleCount = min(sampleLimit, requested)
    let outcomes = try concurrentMap(requested) {
      threads.append(ThreadState(network.makeWorkspace(), deciding))
      return threads.last!
    } _: { thread, index -> Outcome in
      defer { progress() }
      guard let pixels = try image(index) else { return .leftOut }
      let isKept = isSpread(index, of: requested, count: sampleCount)
      let sample = try thread.run(network, pixels, isKept: isKept)
      return sample.map(Outcome.kept) ?? .used
    }
    imageCount = outcomes.count { if case .leftOut = $0 { false } else { true } }
    samples = outcomes.compactMap { if case .kept(let sample) = $0 { sample } else { nil } }
    guard self.imageCount > 0 else { throw QuantizationError("no calibration image could be used") }
    histograms = threads.dropFirst().reduce(into: threads[0].histograms) { histograms, thread in
      for (index, other) in thread.histograms.enumerated() {
        if let other { histograms[index]!.merge(other) }
      }
    }
    self.sources = sources
    (graph, shapes) = (network.graph, network.shapes)
  }

  private enum Outcome {
    case leftOut, used
    case kept(CalibrationSample)
  }

  /// The histograms that one thread fills.
  private final class ThreadState {
    private let workspace: FloatNetwork.Workspace
    private(set) var histograms: [Histogram?]

    init(_ workspace: FloatNetwork.Workspace, _ deciding: [Bool]) {
      self.workspace = workspace
      histograms = deciding.map { $0 ? Histogram() : nil }
    }

    /// Counts the values of an image's tensors. Throws where a layer's values cannot be coded. All layers are asked,
    /// since a pool may drop what is not finite.
    ///
    /// - Returns: the image's sample, where it is to be kept.
    func run(
      _ network: FloatNetwork, _ pixels: [UInt8], isKept: Bool
    ) throws(QuantizationError) -> CalibrationSample? {
      var outcome: Result<Void, QuantizationError> = .success(())
      var means: [[Float]] = [[]]
      _ = pixels.withUnsafeBufferPointer {
        network.run($0, workspace: workspace) { tensor, view in
          guard case .success = outcome else { return }
          let range = view.range
          outcome = Result { () throws(QuantizationError) in
            try Quantizer.check(range, name: network.graph.layers[tensor - 1].name)
          }
          if case .success = outcome { self.histograms[tensor]?.add(view, range: range) }
          if isKept { means.append(view.channelMeans) }
        }
      }
      try outcome.get()
      return isKept ? CalibrationSample(pixels: pixels, means: means) : nil
    }
  }

  /// The images that show how often values are far from 0. Of fewer images each that clips stands for more of those to come, so
  /// that clipping counts as much more: on ResNet-20, 50 images are worth 0.66 dB more than without (docs/fidelity.md).
  private static let imageCountForTails = 500.0

  /// Returns the quantization parameters of each tensor, the image first. Tensors that are not coded in 8 bits have
  /// scale 1: the image (its bytes are its codes), the pooled vector and the logits.
  ///
  /// - Parameter residualBits: those of the model.
  public func quantizationParameters(_ method: Method, residualBits: ResidualBits) -> [QuantizationParameters] {
    let remainders = Remainders(graph, shapes: shapes, residualBits)
    let fewImages = max(1, Self.imageCountForTails / Double(imageCount))
    let chosen = concurrentMap(histograms.count) {
      histograms[$0]?.quantizationParameters(method, clippingWeight: remainders.clippingWeight($0) * fewImages)
    }
    return sources.map { chosen[$0] ?? QuantizationParameters(scale: 1, zeroPoint: 0) }
  }

  /// Returns, for each tensor, the index of the tensor that decides its range, or 0.
  ///
  /// A max pool passes codes through, so its input and output have one range. Where only the pool reads that input, the
  /// output decides the range: what the pool drops need not be coded well. An average pool's output has its input's range.
  private static func rangeSources(_ graph: Graph) -> [Int] {
    let readers = graph.readerCounts
    var sources = [Int](repeating: 0, count: readers.count)
    for (index, layer) in graph.layers.enumerated() {
      switch layer.operation {
      case .convolution: sources[index + 1] = index + 1
      case .maxPool, .globalMaxPool:
        guard sources[layer.input] == layer.input && readers[layer.input] == 1 else {
          sources[index + 1] = sources[layer.input]
          continue
        }
        sources[index + 1] = index + 1
        for tensor in 1...index where sources[tensor] == layer.input { sources[tensor] = index + 1 }
      case .averagePool: sources[index + 1] = sources[layer.input]
      case .globalAveragePool, .fullyConnected: sources[index + 1] = 0
      }
    }
    return sources
  }
}

/// A calibration image that is kept, to be run in int8 too.
public struct CalibrationSample: Sendable {
  /// The image's bytes, HWC.
  public let pixels: [UInt8]
  /// The mean of each channel of each of the float network's tensors; none of the image's.
  let means: [[Float]]
}
