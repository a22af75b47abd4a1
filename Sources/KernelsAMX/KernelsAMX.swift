import CIntrinsics
import CKernels
import Kernels
import KernelsAVX512VNNI

/// Intel AMX: matrices of 16 x 64 bytes, 16,384 products an instruction. What is no matrix product is left to AVX-512 VNNI,
/// which all processors with AMX have.
@_cdecl("rn8_kernels_amx")
public func kernelsAMX(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  switch operation.pointee.kind {
  case RN8_CONVOLUTION:
    withUnsafePointer(to: operation.pointee.convolution) { convolve($0, worker: Int(worker), of: Int(workerCount)) }
  default:
    rn8_kernels_avx512vnni(operation, worker, workerCount)
  }
}

/// Workers take consecutive (chunk of channels, tile) positions.
private func convolve(_ convolution: UnsafePointer<rn8_convolution>, worker: Int, of workerCount: Int) {
  let raster = Raster(convolution)
  let depth = MatrixTile.depth(convolution.pointee.window, convolution.pointee.projection)
  let schedule = Schedule(blocksPerGroup: Int(convolution.pointee.window.blocks_per_group), widest: 4)
  let chunks = Int(convolution.pointee.output.channels) / 16 / schedule.blocksPerGroup * schedule.chunksPerGroup
  let mine = share(chunks * raster.tileCount, worker: worker, of: workerCount)
  if mine.isEmpty { return }
  rn8_tiles_configure(Int32(raster.rows), Int32(depth))
  var position = mine.lowerBound
  while position < mine.upperBound {
    let (chunk, tile) = position.quotientAndRemainder(dividingBy: raster.tileCount)
    let group = chunk / schedule.chunksPerGroup
    let (first, blocks) = schedule.chunk(chunk % schedule.chunksPerGroup)
    let block = group * schedule.blocksPerGroup + first
    let tiles = tile..<min(raster.tileCount, tile + mine.upperBound - position)
    switch blocks {
    case 4: Chunk<4, 2>.convolve(convolution, raster, depth, tiles, block)
    case 2: Chunk<2, 2>.convolve(convolution, raster, depth, tiles, block)
    default: Chunk<1, 4>.convolve(convolution, raster, depth, tiles, block)
    }
    position += tiles.count
  }
  rn8_tiles_release()
}

/// `blocks` blocks of channels over a range of tiles, `tilesAtOnce` at a time.
private enum Chunk<let blocks: Int, let tilesAtOnce: Int> {
  typealias Vectors = InlineArray<blocks, SIMD16<Int32>>
  typealias Scratch = InlineArray<tilesAtOnce, InlineArray<16, Vectors>>

  static func convolve(
    _ convolution: UnsafePointer<rn8_convolution>, _ raster: Raster, _ depth: Int, _ tiles: Range<Int>, _ block: Int
  ) {
    var sums = Scratch(repeating: .init(repeating: .init(repeating: .zero)))
    var projected = sums
    withUnsafeMutableBytes(of: &sums) { sums in
      withUnsafeMutableBytes(of: &projected) { projected in
        let sums = sums.baseAddress!.assumingMemoryBound(to: Vectors.self)
        let projected = projected.baseAddress!.assumingMemoryBound(to: Vectors.self)
        let (window, projection) = (convolution.pointee.window, convolution.pointee.projection)
        let width = Int(convolution.pointee.output.width)
        var next = tiles.lowerBound
        while next < tiles.upperBound {
          let group = raster.tiles(next..<min(next + tilesAtOnce, tiles.upperBound))
          MatrixTile.multiply(group.inputs(of: window, block), group.count, window, depth, block, to: sums)
          if projection.weights != nil {
            MatrixTile.multiply(
              group.inputs(of: projection, block), group.count, projection, depth, block, to: projected)
            Tile<AVX512VNNI, 16, blocks>.store(sums, projected: projected, convolution, block: block) { body in
              group.forEachRow(width: width, body)
            }
          } else {
            Tile<AVX512VNNI, 16, blocks>.store(sums, projected: nil, convolution, block: block) { body in
              group.forEachRow(width: width, body)
            }
          }
          next += tilesAtOnce
        }
      }
    }
  }
}
