import CKernels

/// Convolution with its shortcut, requantization and ReLU fused: tiles in order, a chunk of channels at a time so that
/// its weights stay in the cache while the pixels pass.
@inlinable @inline(__always)
func convolveShare<Set: TiledInstructionSet>(
  _: Set.Type, _ convolution: UnsafePointer<rn8_convolution>, worker: Int, of workerCount: Int
) {
  let output = convolution.pointee.output
  let pixels = Int(output.height) * Int(output.width)
  forEachShare(convolution, widest: Set.blocksPerTile, count: pixels, worker: worker, of: workerCount) {
    block, blocks, share in
    let step = Set.pixelsPerTile(blocks: blocks)
    // A worker owns the tiles that begin inside its share.
    var pixel = (share.lowerBound + step - 1) / step * step
    while pixel < share.upperBound {
      Set.convolveTile(convolution, first: pixel, count: min(step, pixels - pixel), block: block, blocks: blocks)
      pixel += step
    }
  }
}
