import CKernels
import CResNetInt8
import Evaluation
import Platform
import ResNetInt8

/// An open network and an image, to be run whole or layer by layer.
final class BenchNetwork {
  let layerCount: Int
  private let network: Int8Network
  private let pixels: UnsafeMutableBufferPointer<UInt8>
  private let logits: UnsafeMutableBufferPointer<Float>

  /// - Parameter kernels: the name of a kernel set; nil for the fastest.
  init(_ model: Int8Model, kernels: String?, arena: Int8Network.ArenaSize) throws {
    network = try Int8Network(model, arena: arena, kernels: kernels)
    // Where there are more workers than cores, a worker that waits gives its core to another one.
    resnet_int8_set_yield(network.network, { _ in sched_yield() }, nil)
    let info = model.info
    layerCount = Int(info.layer_count)
    pixels = .allocate(capacity: Int(info.input_height * info.input_width * info.input_channels))
    _ = pixels.initialize(from: pseudoRandomBytes(pixels.count))
    logits = .allocate(capacity: Int(info.class_count))
    logits.initialize(repeating: 0)
  }

  deinit {
    pixels.deallocate()
    logits.deallocate()
  }

  var arenaByteCount: Int { network.arenaByteCount }

  /// How a layer is computed; nil where there is only one way.
  func algorithm(ofLayer index: Int) -> LayerReport.Algorithm? {
    let network = internals.pointee
    guard let layer = WinogradLayer(network.model, index), let costs = network.kernels.winograd else { return nil }
    let plan = network.plan(ofLayer: index)
    let keepsWeights = plan?.keptWeights != nil
    return LayerReport.Algorithm(
      isWinograd: plan?.scratch != nil, keepsWeights: keepsWeights,
      predictedShareOfDirect: Double(costs.cost(of: layer, keepingWeights: keepsWeights) / layer.directProducts))
  }

  var kernels: String { network.kernels }

  private var internals: UnsafePointer<Network> { UnsafePointer(network.network) }

  func storeImage() { internals.pointee.storeImage(pixels.baseAddress!, worker: 0, of: 1) }

  func run(layer index: Int) { internals.pointee.run(layer: index, worker: 0, of: 1, logits: logits.baseAddress!) }

  func run(worker: Int = 0, of workerCount: Int = 1) {
    let status = resnet_int8_run_worker(
      network.network, UInt32(worker), UInt32(workerCount), pixels.baseAddress, logits.baseAddress)
    precondition(status == RESNET_INT8_OK)
  }

  func run(_ operation: rn8_operation) {
    withUnsafePointer(to: operation) { internals.pointee.kernels.run($0, worker: 0, of: 1) }
  }
}

/// Returns bytes that are the same on every run.
func pseudoRandomBytes(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: UInt32(truncatingIfNeeded: $0) &* 2_654_435_761 >> 24) }
}
