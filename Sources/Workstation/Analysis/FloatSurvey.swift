import Evaluation
import FloatRuntime
import Graphs
import Quantization

/// What the float network's tensors hold over all images.
struct FloatSurvey {
  /// The histogram of each layer's output.
  private(set) var histograms: [Histogram]
  private(set) var channelRanges: [ChannelRanges]
  /// The means of what each layer's weights meet; empty ones where none were asked for.
  let means: [LayerMeans]

  /// The images whose means are taken: more would only take memory.
  private static let meanImages = 64

  /// - Throws: `EvaluationError` where a tensor has numbers that are not finite.
  init(_ network: FloatNetwork, images: [[UInt8]], withMeans: Bool) throws {
    let layers = network.graph.layers
    let meanCount = withMeans ? min(Self.meanImages, images.count) : 0
    var threads: [ThreadState] = []
    let means = try concurrentMap(images.count) {
      threads.append(ThreadState(network))
      return threads.last!
    } _: { thread, index in
      let hasMeans = isSpread(index, of: images.count, count: meanCount)
      return try thread.run(network, images[index], withMeans: hasMeans)
    }
    (histograms, channelRanges) = (threads[0].histograms, threads[0].channelRanges)
    for thread in threads.dropFirst() {
      for index in layers.indices {
        histograms[index].merge(thread.histograms[index])
        channelRanges[index].merge(thread.channelRanges[index])
      }
    }
    let kept = means.filter { !$0.isEmpty }
    self.means = layers.indices.map { index in
      var result = LayerMeans()
      let (convolutions, projections) = (
        kept.compactMap { $0[index].convolution }, kept.compactMap { $0[index].projection }
      )
      if !convolutions.isEmpty { result.convolution = WindowMeans(meanOf: convolutions) }
      if !projections.isEmpty { result.projection = WindowMeans(meanOf: projections) }
      return result
    }
  }

  /// What one thread finds. Neither histograms nor ranges depend on how the threads share the images.
  private final class ThreadState {
    private let workspace: FloatNetwork.Workspace
    private(set) var histograms: [Histogram]
    private(set) var channelRanges: [ChannelRanges]

    init(_ network: FloatNetwork) {
      workspace = network.makeWorkspace()
      histograms = network.graph.layers.map { _ in Histogram() }
      channelRanges = network.shapes.dropFirst().map { ChannelRanges(channels: $0.channels) }
    }

    func run(_ network: FloatNetwork, _ pixels: [UInt8], withMeans: Bool) throws(EvaluationError) -> [LayerMeans] {
      _ = pixels.withUnsafeBufferPointer { network.run($0, workspace: workspace) }
      var means: [LayerMeans] = []
      for (index, layer) in network.graph.layers.enumerated() {
        let output = network.tensor(index + 1, in: workspace)
        let range = output.range
        guard range.low.isFinite, range.high.isFinite else {
          throw EvaluationError(
            "\(layer.name): makes numbers that are not finite in the float network; give the checkpoint the model was "
              + "made from")
        }
        histograms[index].add(output, range: range)
        channelRanges[index].add(output)
        if withMeans { means.append(self.means(of: layer, network, output: output.shape)) }
      }
      return means
    }

    private func means(of layer: Layer, _ network: FloatNetwork, output: TensorShape) -> LayerMeans {
      var means = LayerMeans()
      guard case .convolution(let convolution, let shortcut, _) = layer.operation else { return means }
      means.convolution = WindowMeans(
        convolution, reading: network.tensor(layer.input, in: workspace), output: output)
      if case .projection(let tensor, let projection)? = shortcut {
        means.projection = WindowMeans(projection, reading: network.tensor(tensor, in: workspace), output: output)
      }
      return means
    }
  }
}
