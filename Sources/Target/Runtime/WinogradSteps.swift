import CKernels
import Kernels
import ModelFormat

/// The steps of a convolution by Winograd's way: the input's transform, and for each part of the output channels the transform
/// of the weights and the products. Kept weights were transformed when the network was opened.
extension Network {
  /// Computes a worker's share of a layer, as `run` does.
  func runByWinograd(layer index: Int, _ plan: LayerPlan, scratch: Int, worker: Int32, of workerCount: Int32) {
    guard let layer = WinogradLayer(model, index, largestTile: plan.largestTile ?? 4) else { return }
    var step = winogradStep(ofLayer: index, plan)
    let memory = UnsafeMutableRawPointer(tensors + scratch)
    step.winograd.input = memory.assumingMemoryBound(to: Int16.self)
    step.winograd.products = (memory + layer.inputBytes).assumingMemoryBound(to: Int32.self)
    step.winograd.product_bytes = WinogradLayer.productBytes
    func runShared(_ kind: rn8_kind) {
      step.kind = kind
      kernels.run(&step, worker: worker, of: workerCount)
      barrier.wait(workerCount: workerCount)
    }
    runShared(RN8_WINOGRAD_INPUT)
    if plan.keptWeights != nil {
      runShared(RN8_WINOGRAD_OUTPUT)
      return
    }
    step.winograd.weights = (memory + layer.scratchBytes(weights: 0)).assumingMemoryBound(to: Int16.self)
    let rooms = kernels.weightRooms(layer)
    if workerCount == 2 && rooms == 2 {
      runWithOwnWeights(layer, &step, worker: worker)
      barrier.wait(workerCount: workerCount)
      return
    }
    let blocks = kernels.blocksAtATime * (layer.hasFewTiles ? rooms : 1)
    for first in stride(from: 0, to: layer.blockCount, by: blocks) {
      step.select(first, blocks, of: layer)
      runShared(RN8_WINOGRAD_WEIGHTS)
      runShared(RN8_WINOGRAD_OUTPUT)
    }
  }

  /// Computes the share of one of two workers, each of which transforms the weights that it needs itself. So it does not wait
  /// for the other one, nor for what that has in its cache. Of few tiles a worker computes all, for every other part of
  /// the channels; of many it computes its own, for all channels.
  private func runWithOwnWeights(_ layer: WinogradLayer, _ step: inout rn8_operation, worker: Int32) {
    let blocks = kernels.blocksAtATime
    step.winograd.weights += Int(worker) * layer.weightBytes(blocks: blocks) / 2
    if layer.hasFewTiles {
      step.winograd.product_bytes /= 2
      step.winograd.products += Int(worker) * step.winograd.product_bytes / 4
    }
    let parts = (first: layer.hasFewTiles ? Int(worker) * blocks : 0, step: layer.hasFewTiles ? 2 * blocks : blocks)
    for first in stride(from: parts.first, to: layer.blockCount, by: parts.step) {
      step.select(first, blocks, of: layer)
      step.kind = RN8_WINOGRAD_WEIGHTS
      kernels.run(&step, worker: 0, of: 1)
      step.kind = RN8_WINOGRAD_OUTPUT
      kernels.run(&step, worker: layer.hasFewTiles ? 0 : worker, of: layer.hasFewTiles ? 1 : 2)
    }
  }

  /// Transforms the weights of a layer that keeps them.
  func transformWeights(ofLayer index: Int) {
    guard let plan = plan(ofLayer: index), plan.keptWeights != nil else { return }
    var step = winogradStep(ofLayer: index, plan)
    step.kind = RN8_WINOGRAD_WEIGHTS
    kernels.run(&step, worker: 0, of: 1)
  }

  /// Returns a step of all blocks, without scratch.
  private func winogradStep(ofLayer index: Int, _ plan: LayerPlan) -> rn8_operation {
    var step = rn8_operation()
    step.winograd.convolution = convolution(model.layer(index))
    step.winograd.blocks = step.winograd.convolution.output.channels / Int32(channelsPerBlock)
    step.winograd.largest_tile = Int32(plan.largestTile ?? 4)
    if let kept = plan.keptWeights {
      step.winograd.weights = UnsafeMutableRawPointer(tensors + kept).assumingMemoryBound(to: Int16.self)
    }
    return step
  }
}

extension rn8_operation {
  /// Makes this the step of so many of a layer's blocks from `first` on, or of those that are left.
  fileprivate mutating func select(_ first: Int, _ blocks: Int, of layer: WinogradLayer) {
    winograd.first_block = Int32(first)
    winograd.blocks = Int32(min(blocks, layer.blockCount - first))
  }
}
