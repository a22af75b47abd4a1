import CKernels
import Kernels
import ModelFormat

/// A layer that Winograd's minimal filtering can compute: a convolution of 3 x 3 taps, stride 1, one group and no dilation.
package struct WinogradLayer {
  let map: TiledMap
  let channels: Int
  /// Of 16 output channels.
  package let blockCount: Int
  /// The products of the direct convolution, without a projection's, which both ways compute.
  package let directProducts: Float

  /// Returns nil where the layer is another one.
  ///
  /// - Parameter largestTile: 4 or 3 pixels each way.
  package init?(_ model: Model, _ index: Int, largestTile: Int = 4) {
    let layer = model.layer(index)
    guard layer.kind == LayerKind.convolution, largestTile > 2 else { return nil }
    let (window, input, output) = (layer.window, model.tensor(layer.input), model.tensor(layer.output))
    guard window.kernelHeight == 3, window.kernelWidth == 3, window.stride == 1, window.dilation == 1,
      window.groups == 1, input.channels % 16 == 0, output.height > 1, output.width > 1, !output.isStreamed
    else { return nil }
    // A tile has at most twice as many points each way as pixels. All sizes in bytes must fit 31 bits.
    let pixels = Float(output.height) * Float(output.width)
    guard Float(input.channels) * max(8 * pixels, 72 * Float(output.channels)) < Float(1 << 30) else { return nil }
    channels = Int(input.channels)
    blockCount = Int(output.channels) / channelsPerBlock
    map = TiledMap(height: Int(output.height), width: Int(output.width), channels: channels, largest: largestTile)
    directProducts = 9 * pixels * Float(channels) * Float(output.channels)
  }

  /// Bytes of the transformed weights of a block.
  var blockBytes: Int {
    var winograd = rn8_winograd()
    winograd.convolution.window.length = Int32(3 * channels)
    return winograd.blockBytes
  }

  /// Whether workers share the output channels, rather than the tiles.
  var hasFewTiles: Bool { map.tileCount < 24 }

  /// The parts of the layer's scratch: transformed input, room for products, and transformed weights of the blocks that are
  /// computed at a time, unless they are kept.
  var inputBytes: Int { ArenaLayout.aligned(map.byteCount) }
  /// Room for four workers' products, by AVX-512's tiles; with more workers each takes less.
  static let productBytes = 240 << 10
  package func scratchBytes(weights: Int) -> Int { inputBytes + Self.productBytes + weights }

  /// Bytes of the transformed weights of some blocks, or of all where there are fewer.
  package func weightBytes(blocks: Int) -> Int { min(blocks, blockCount) * blockBytes }

  /// Bytes of all transformed weights.
  package var keptBytes: Int { blockCount * blockBytes }
}
