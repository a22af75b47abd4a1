import CIntrinsics
import CKernels

/// Computes a worker's share of max pooling. Each window is clipped to the input, so that padding never wins.
@inlinable @inline(__always)
func maxPoolShare(_ pool: UnsafePointer<rn8_pool>, worker: Int, of workerCount: Int) {
  let (input, output) = (pool.pointee.input, pool.pointee.output)
  let (stride, padding) = (Int(pool.pointee.stride), Int(pool.pointee.padding))
  let channels = Int(output.channels)
  for y in share(Int(output.height), worker: worker, of: workerCount) {
    let rows = clip(y * stride - padding, Int(pool.pointee.kernel_height), Int(input.height))
    for x in 0..<Int(output.width) {
      let columns = clip(x * stride - padding, Int(pool.pointee.kernel_width), Int(input.width))
      let pixel = UnsafeMutableRawPointer(output.pixel(y, x))
      var channel = 0
      while channel + 64 <= channels {
        let codes = maximum(input, rows, columns, channel, of: SIMD64<UInt8>.zero, rn8_max_64)
        (pixel + channel).storeBytes(of: codes, as: SIMD64<UInt8>.self)
        channel += 64
      }
      while channel < channels {
        let codes = maximum(input, rows, columns, channel, of: SIMD16<UInt8>.zero, rn8_max_16)
        (pixel + channel).storeBytes(of: codes, as: SIMD16<UInt8>.self)
        channel += 16
      }
    }
  }
}

@inlinable @inline(__always)
func clip(_ start: Int, _ count: Int, _ limit: Int) -> Range<Int> { max(start, 0)..<min(start + count, limit) }

/// Returns the largest code of each channel over the pixels `rows` x `columns`, for as many channels from `channel`
/// on as a vector of `Codes` has.
@inlinable @inline(__always)
func maximum<Codes>(
  _ input: rn8_tensor, _ rows: Range<Int>, _ columns: Range<Int>, _ channel: Int, of zero: Codes,
  _ larger: (Codes, Codes) -> Codes
) -> Codes {
  var maximum = zero
  for row in rows {
    for column in columns {
      let codes = UnsafeRawPointer(input.pixel(row, column) + channel)
      maximum = larger(maximum, codes.loadUnaligned(as: Codes.self))
    }
  }
  return maximum
}
