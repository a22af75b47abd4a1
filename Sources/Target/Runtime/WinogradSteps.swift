import CKernels
import Kernels
import ModelFormat

/// The steps of a convolution by Winograd's way: the input's transform, and for each part of the output channels the transform
/// of the weights and the products. Kept weights were transformed when the network was opened.
extension Network {
  func forEachWinogradStep(
    ofLayer index: Int, _ plan: LayerPlan, scratch: Int, _ body: (UnsafePointer<rn8_operation>) -> Void
  ) {
    guard let layer = WinogradLayer(model, index, largestTile: plan.largestTile ?? 4) else { return }
    var step = winogradStep(ofLayer: index, plan)
    let memory = UnsafeMutableRawPointer(tensors + scratch)
    step.winograd.input = memory.assumingMemoryBound(to: Int16.self)
    step.winograd.products = (memory + layer.inputBytes).assumingMemoryBound(to: Int32.self)
    step.winograd.product_bytes = WinogradLayer.productBytes
    step.kind = RN8_WINOGRAD_INPUT
    body(&step)
    if plan.keptWeights != nil {
      step.kind = RN8_WINOGRAD_OUTPUT
      body(&step)
      return
    }
    step.winograd.weights =
      (memory + layer.inputBytes + WinogradLayer.productBytes).assumingMemoryBound(to: Int16.self)
    let blocks = kernels.blocksAtATime(layer)
    for first in stride(from: 0, to: layer.blockCount, by: blocks) {
      step.winograd.first_block = Int32(first)
      step.winograd.blocks = Int32(min(blocks, layer.blockCount - first))
      step.kind = RN8_WINOGRAD_WEIGHTS
      body(&step)
      step.kind = RN8_WINOGRAD_OUTPUT
      body(&step)
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
