import CKernels

/// Convolution with its shortcut, requantization and ReLU fused: tiles in order, a chunk of channels at a time so that
/// its weights stay in the cache while the pixels pass.
@inlinable @inline(__always)
func convolve<Set: KernelSet>(
  _: Set.Type, _ convolution: UnsafePointer<rn8_convolution>, worker: Int, of workerCount: Int
) {
  let output = convolution.pointee.output
  let pixels = Int(output.height) * Int(output.width)
  let schedule = Schedule(
    blocksPerGroup: Int(convolution.pointee.window.blocks_per_group), widest: Set.blocksPerTile)
  let chunks = Int(output.channels) / 16 / schedule.blocksPerGroup * schedule.chunksPerGroup
  forEachShare(convolution, chunks, pixels, worker: worker, of: workerCount) { chunk, share in
    let group = chunk / schedule.chunksPerGroup
    let (block, blocks) = schedule.chunk(chunk % schedule.chunksPerGroup)
    let step = Set.pixelsPerTile(blocks: blocks)
    // A worker owns the tiles that begin inside its share.
    var pixel = (share.lowerBound + step - 1) / step * step
    while pixel < share.upperBound {
      Set.convolve(
        convolution, first: pixel, count: min(step, pixels - pixel), block: group * schedule.blocksPerGroup + block,
        blocks: blocks)
      pixel += step
    }
  }
}
