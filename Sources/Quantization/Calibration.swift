import Foundation
import Synchronization

/// What a float network's tensors held while it saw the calibration images.
public struct Calibration: Sendable {
  /// Of each tensor that decides a range; nil for the others.
  public let histograms: [Histogram?]
  /// Images that were run.
  public let imageCount: Int
  /// Of each tensor, the one whose range it takes.
  private let sources: [Int]

  /// Runs images on all cores.
  ///
  /// - Parameters:
  ///   - imageCount: indices 0 ..< imageCount are asked for.
  ///   - image: the bytes of an image, as `FloatNetwork.run` takes them; nil leaves it out. Called on several threads.
  ///   - progress: called after each image with how many are done; never on two threads at once.
  /// - Throws: what `image` throws; `QuantizationError` where all images were left out or an output is not finite.
  public init(
    _ network: FloatNetwork, imageCount: Int, image: @escaping @Sendable (Int) throws -> [UInt8]?,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws {
    let sources = Self.rangeSources(network.graph)
    let deciding = sources.indices.map { $0 > 0 && sources[$0] == $0 }
    let state = Mutex((next: 0, done: 0, failed: false))

    func work() throws -> (histograms: [Histogram?], used: Int) {
      var histograms = deciding.map { $0 ? Histogram() : nil }
      var used = 0
      let workspace = network.makeWorkspace()
      while true {
        let index = state.withLock { state in
          defer { state.next += 1 }
          return state.failed ? imageCount : state.next
        }
        guard index < imageCount else { return (histograms, used) }
        if let pixels = try image(index) {
          var broken: Int?
          _ = pixels.withUnsafeBufferPointer {
            network.run($0, workspace: workspace) { tensor, view in
              if deciding[tensor], broken == nil, !histograms[tensor]!.add(view) { broken = tensor }
            }
          }
          if let broken {
            throw QuantizationError("\(network.graph.layers[broken - 1].name) made values that are not finite")
          }
          used += 1
        }
        state.withLock { state in
          state.done += 1
          progress(state.done)
        }
      }
    }

    let workers = max(1, min(imageCount, ProcessInfo.processInfo.activeProcessorCount))
    let results = concurrentMap(workers) { _ in
      Result {
        do { return try work() } catch {
          state.withLock { $0.failed = true }
          throw error
        }
      }
    }
    var histograms = deciding.map { $0 ? Histogram() : nil }
    var used = 0
    for result in results {
      let worker = try result.get()
      for index in histograms.indices {
        if let other = worker.histograms[index] { histograms[index]!.merge(other) }
      }
      used += worker.used
    }
    guard used > 0 else { throw QuantizationError("no calibration image could be used") }
    self.histograms = histograms
    self.imageCount = used
    self.sources = sources
  }

  /// Of each tensor. Those that are not coded in 8 bits (the image, whose bytes are its codes, the pooled vector, the
  /// logits) have scale 1.
  public func parameters(_ method: Method) -> [QuantizationParameters] {
    let chosen = concurrentMap(histograms.count) { histograms[$0]?.parameters(method) }
    return sources.map { chosen[$0] ?? QuantizationParameters(scale: 1, zeroPoint: 0) }
  }

  /// A max pool passes codes through, so that its input and output have one range. Where only the pool reads that input,
  /// the output decides: what the pool drops need not be coded well.
  private static func rangeSources(_ graph: Graph) -> [Int] {
    var readers = [Int](repeating: 0, count: graph.layers.count + 1)
    for layer in graph.layers {
      readers[layer.input] += 1
      guard case .convolution(_, let shortcut?, _) = layer.operation else { continue }
      switch shortcut {
      case .identity(let tensor), .projection(let tensor, _): readers[tensor] += 1
      }
    }
    var sources = [Int](repeating: 0, count: readers.count)
    for (index, layer) in graph.layers.enumerated() {
      switch layer.operation {
      case .convolution: sources[index + 1] = index + 1
      case .maxPool where sources[layer.input] == layer.input && readers[layer.input] == 1:
        sources[index + 1] = index + 1
        for tensor in 1...index where sources[tensor] == layer.input { sources[tensor] = index + 1 }
      case .maxPool: sources[index + 1] = sources[layer.input]
      case .globalAveragePool, .fullyConnected: sources[index + 1] = 0
      }
    }
    return sources
  }
}
