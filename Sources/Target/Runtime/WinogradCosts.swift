import CKernels
import Kernels

/// What the parts of a convolution by Winograd's way cost a set of kernels, in units of what a product of the direct
/// convolution costs it. They were measured layer by layer on ResNet-18, 50 and 20; docs/winograd.md has the table.
package struct WinogradCosts {
  /// The blocks of 16 output channels that are computed together.
  package let blocks: Int
  /// A product of two 16-bit numbers.
  let product: Float
  /// A number of the transformed input, and a sum of products that the output transform reads.
  let input, output: Float
  /// A transformed weight: made on the fly, read from a cache, and read from memory.
  let madeWeight, nearWeight, farWeight: Float

  static var avx512VNNI: Self {
    Self(blocks: 2, product: 2.2, input: 18, output: 40, madeWeight: 18, nearWeight: 5, farWeight: 33)
  }
  static var avxVNNI: Self {
    Self(blocks: 1, product: 2.2, input: 16, output: 40, madeWeight: 11, nearWeight: 3, farWeight: 18)
  }
  static var avx512: Self {
    Self(blocks: 2, product: 1.1, input: 7, output: 12, madeWeight: 5, nearWeight: 2, farWeight: 9)
  }
  static var avx2: Self {
    Self(blocks: 1, product: 1.2, input: 6, output: 14, madeWeight: 4.2, nearWeight: 0.7, farWeight: 7)
  }
  static var neon: Self {
    Self(blocks: 1, product: 1, input: 4, output: 12, madeWeight: 4, nearWeight: 0.5, farWeight: 6)
  }
  static var portable: Self {
    Self(blocks: 1, product: 1, input: 2, output: 6, madeWeight: 1, nearWeight: 0.2, farWeight: 1.2)
  }

  /// The most bytes of a layer's transformed weights that stay in a second cache from one run to the next.
  private static let nearBytes = 1 << 19

  /// Returns what a layer costs.
  package func cost(of layer: WinogradLayer, keepingWeights: Bool) -> Float {
    let (channels, outputs) = (Float(layer.channels), Float(16 * layer.blockCount))
    let weight = !keepingWeights ? madeWeight : layer.keptBytes <= Self.nearBytes ? nearWeight : farWeight
    return Float(layer.map.productCount) * (channels * outputs * product + channels * input + outputs * output)
      + 36 * channels * outputs * weight
  }
}

extension KernelSet {
  /// The blocks whose weights are transformed at a time.
  var blocksAtATime: Int { winograd?.blocks ?? 1 }

  /// Returns how many workers have a room of their own for a part of a layer's transformed weights. A second one must fit a
  /// second cache: with the rest of the scratch, or alone where there are few tiles, of which the scratch has little.
  func weightRooms(_ layer: WinogradLayer) -> Int {
    let rooms = 2 * layer.weightBytes(blocks: blocksAtATime)
    return (layer.hasFewTiles ? rooms : layer.scratchBytes(weights: rooms)) <= 5 << 18 ? 2 : 1
  }

  /// Returns the bytes of a layer's scratch where its weights are transformed on the fly.
  package func scratchBytes(_ layer: WinogradLayer) -> Int {
    layer.scratchBytes(weights: weightRooms(layer) * layer.weightBytes(blocks: blocksAtATime))
  }

  /// Returns which ways to compute a layer are faster than the direct one by this set.
  package func gains(_ layer: WinogradLayer) -> WinogradGains {
    guard let winograd else { return WinogradGains(onTheFly: false, kept: false) }
    let made = winograd.cost(of: layer, keepingWeights: false)
    let kept = winograd.cost(of: layer, keepingWeights: true)
    return WinogradGains(onTheFly: made < layer.directProducts, kept: kept < min(made, layer.directProducts))
  }
}
