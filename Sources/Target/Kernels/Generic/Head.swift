import CIntrinsics
import CKernels
import ModelFormat

/// Computes a worker's share of global average pooling without its division: the exact sum of each channel's codes.
///
/// Where the input has remainders, what is added is `256 * code + remainder`.
///
/// Each sum is split into its 3 or 4 bytes, and each of them goes to a plane of its own, because the classifier
/// multiplies bytes. The byte of a channel in a plane is `sums[plane * channels + channel]`. Plane 0 holds the least
/// significant bytes.
@inlinable @inline(__always)
func sumPixelsShare(_ head: UnsafePointer<rn8_head>, worker: Int, of workerCount: Int) {
  let input = head.pointee.input
  let channels = Int(input.channels)
  for block in share(channels / 16, worker: worker, of: workerCount) {
    // A sum of 32 bits looks negative here. Its bytes are right nevertheless.
    var sum = SIMD16<Int32>.zero
    for y in 0..<Int(input.height) {
      for x in 0..<Int(input.width) {
        let codes = input.pixel(y, x) + block * 16
        if input.remainders == nil {
          sum &+= rn8_load_codes(codes)
        } else {
          sum &+= loadFineCodes(codes, input.remainders(y, x) + block * 16)
        }
      }
    }
    let planes = UnsafeMutableRawPointer(head.pointee.sums!) + block * 16
    for plane in 0..<HeadBlock.sumPlanes(hasRemainders: input.remainders != nil) {
      rn8_store_low_bytes(planes + plane * channels, sum &>> Int32(8 * plane))
    }
  }
}

/// Computes a worker's share of the logits.
///
/// A logit is `sum * scale + bias`. The fully connected layer makes the sum of the pooled sums of all channels and a
/// class's weights. Where there are no weights, the sum is the pooled sum of one channel.
@inlinable @inline(__always)
func classifyShare<Set: TiledInstructionSet>(
  _: Set.Type, _ head: UnsafePointer<rn8_head>, worker: Int, of workerCount: Int
) {
  let schedule = Schedule(
    blocksPerGroup: (Int(head.pointee.class_count) + 15) / 16, widest: Set.blocksPerTile)
  for index in share(schedule.chunksPerGroup, worker: worker, of: workerCount) {
    let (block, blocks) = schedule.chunk(index)
    switch blocks {
    case 4: Tile<Set, 4, 4>.classifyTile(head, block: block)
    case 2: Tile<Set, 4, 2>.classifyTile(head, block: block)
    default: Tile<Set, 4, 1>.classifyTile(head, block: block)
    }
  }
}

extension Tile {
  /// Computes the logits of `blocks` blocks of 16 classes. The tile's rows are the byte planes of the pooled sums. Rows past
  /// the last plane repeat it and are not counted.
  @inlinable @inline(__always)
  static func classifyTile(_ head: UnsafePointer<rn8_head>, block: Int) {
    let channels = Int(head.pointee.input.channels)
    let planes = UnsafeRawPointer(head.pointee.sums!)
    let planeCount = HeadBlock.sumPlanes(hasRemainders: head.pointee.input.remainders != nil)
    withSums { sums in
      if let weights = head.pointee.weights {
        let window = rn8_window(weights: weights, depth: Int32(channels))
        var inputs = InlineArray<rows, UnsafeRawPointer>(repeating: planes)
        for row in 0..<rows { inputs[row] = planes + min(row, planeCount - 1) * channels }
        sumProducts(of: inputs, window, block: block, to: sums)
      } else {
        for row in 0..<planeCount {
          for b in 0..<blocks {
            sums[row][b] = rn8_load_codes(planes + row * channels + (block + b) * 16)
          }
        }
      }
      for b in 0..<blocks {
        let parameters =
          UnsafeRawPointer(head.pointee.parameters!) + (block + b) * HeadBlock.rowCount * ParameterBlock.rowByteCount
        let scale = (parameters + HeadBlock.scale * ParameterBlock.rowByteCount).loadUnaligned(as: SIMD16<Float>.self)
        let bias = (parameters + HeadBlock.bias * ParameterBlock.rowByteCount).loadUnaligned(as: SIMD16<Float>.self)
        for lane in 0..<min(16, Int(head.pointee.class_count) - (block + b) * 16) {
          var sum: Int64 = 0
          for row in 0..<planeCount { sum &+= Int64(sums[row][b][lane]) &<< Int64(8 * row) }
          head.pointee.logits[(block + b) * 16 + lane] = Float(sum) * scale[lane] + bias[lane]
        }
      }
    }
  }
}
