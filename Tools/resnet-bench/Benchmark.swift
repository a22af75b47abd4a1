import CDotProductLimit
import Evaluation
import Platform

/// Measures one kernel set, one round at a time.
final class Benchmark {
  private let model: Int8Model
  private let network: BenchNetwork
  private let workerCount: Int
  private let tile = BareTile()
  private let tileRepetitions: Int
  /// 0 where the limit of this kernel set is not known.
  private let limitRepetitions: Int

  private var limitRates: [Double] = []
  private var tileTimes = Samples()
  private var imageTimes = Samples()
  private var layerTimes: [Samples]
  private var layerSums = Samples()
  private var runTimes = Samples()
  private var sharedTimes = Samples()

  /// - Parameter kernels: the name of a kernel set; nil for the fastest.
  init(_ model: Int8Model, kernels: String?, arena: Int8Network.ArenaSize, workerCount: Int) throws {
    let network = try BenchNetwork(model, kernels: kernels, arena: arena)
    let tile = tile
    self.model = model
    self.network = network
    self.workerCount = workerCount
    layerTimes = Array(repeating: Samples(), count: network.layerCount)
    tileRepetitions = repetitions { tile.run(on: network, repetitions: $0) }
    let name = network.kernels
    limitRepetitions =
      dot_product_limit(name, 1) == 0 ? 0 : repetitions { _ = dot_product_limit(name, Int64($0)) }
  }

  /// Runs without measuring, so that pages and caches are filled and the processor's clock has risen.
  func warmUp() throws {
    network.run()
    if workerCount > 1 { _ = try timeShared(network, workerCount: workerCount) }
  }

  func measure() throws {
    let clock = ContinuousClock()
    measureLimit()
    tileTimes.append(clock.measure { tile.run(on: network, repetitions: tileRepetitions) } / tileRepetitions)

    let start = clock.now
    network.storeImage()
    var last = clock.now
    imageTimes.append(last - start)
    for index in layerTimes.indices {
      network.run(layer: index)
      let now = clock.now
      layerTimes[index].append(now - last)
      last = now
    }
    layerSums.append(last - start)

    measureLimit()
    runTimes.append(clock.measure { network.run() })
    if workerCount > 1 { sharedTimes.append(try timeShared(network, workerCount: workerCount)) }
  }

  private func measureLimit() {
    guard limitRepetitions > 0 else { return }
    var multiplyAccumulates: Int64 = 0
    let time = ContinuousClock().measure {
      multiplyAccumulates = dot_product_limit(network.kernels, Int64(limitRepetitions))
    }
    limitRates.append(Double(multiplyAccumulates) / (time / .seconds(1)))
  }

  var report: KernelReport {
    let limit = limitRates.isEmpty ? nil : limitRates.max()! * 1e-9
    let total = model.layerSummaries.reduce(0) { $0 + $1.multiplyAccumulates }
    return KernelReport(
      name: network.kernels, arenaBytes: network.arenaByteCount,
      limit: limit.map { KernelReport.Limit(best: $0, median: limitRates.sorted()[limitRates.count / 2] * 1e-9) },
      tile: Timing(tileTimes, BareTile.multiplyAccumulates, limit: limit), image: Timing(imageTimes, 0, limit: nil),
      layers: zip(model.layerSummaries, layerTimes).enumerated().map { index, layer in
        let (layer, times) = layer
        return LayerReport(
          name: layer.name.printable, operation: layer.operation, algorithm: network.algorithm(ofLayer: index),
          input: layer.input, output: layer.output,
          timing: Timing(times, layer.multiplyAccumulates, limit: limit))
      },
      sumOfLayers: Timing(layerSums, total, limit: limit), run: Timing(runTimes, total, limit: limit),
      shared: workerCount == 1
        ? nil
        : KernelReport.Shared(
          workers: workerCount, timing: Timing(sharedTimes, total, limit: nil), speedUp: runTimes.min / sharedTimes.min)
    )
  }
}
