import CIntrinsics
import CKernels

/// Computes a worker's share of max pooling. Each window is clipped to the input, so that padding never wins.
///
/// It is generic, so that each set compiles it for its processors: what is not is compiled for the oldest.
@inlinable @inline(__always)
func maxPoolShare<Set: InstructionSet>(
  _: Set.Type, _ pool: UnsafePointer<rn8_pool>, worker: Int, of workerCount: Int
) {
  let (input, output) = (pool.pointee.input, pool.pointee.output)
  let channels = Int(output.channels)
  forEachWindow(pool, worker: worker, of: workerCount) { rows, columns, y, x in
    let pixel = UnsafeMutableRawPointer(output.pixel(y, x))
    var channel = 0
    if output.remainders != nil {
      let remainders = UnsafeMutableRawPointer(output.remainders(y, x))
      while channel + 64 <= channels {
        storeFineMaximum(input, rows, columns, channel, to: pixel + channel, remainders + channel)
        channel += 64
      }
      while channel < channels {
        let value = fineMaximumOfBlock(input, rows, columns, channel)
        rn8_store_low_bytes(pixel + channel, value &>> 8)
        rn8_store_low_bytes(remainders + channel, value)
        channel += 16
      }
      return
    }
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

/// Computes a worker's share of average pooling. Each window is clipped to the input, so that padding does not count.
@inlinable @inline(__always)
func averagePoolShare(_ pool: UnsafePointer<rn8_pool>, worker: Int, of workerCount: Int) {
  let (input, output) = (pool.pointee.input, pool.pointee.output)
  let channels = Int(output.channels)
  forEachWindow(pool, worker: worker, of: workerCount) { rows, columns, y, x in
    let pixel = UnsafeMutableRawPointer(output.pixel(y, x))
    for channel in stride(from: 0, to: channels, by: 16) {
      let codes = mean(input, rows, columns, channel)
      (pixel + channel).storeBytes(of: codes, as: SIMD16<UInt8>.self)
    }
  }
}

/// Calls `body` with each window of a worker's rows, clipped to the input, and the output pixel (y, x) that it makes.
@inlinable @inline(__always)
func forEachWindow(
  _ pool: UnsafePointer<rn8_pool>, worker: Int, of workerCount: Int,
  _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ y: Int, _ x: Int) -> Void
) {
  let (input, output) = (pool.pointee.input, pool.pointee.output)
  let (stride, top, left) = (Int(pool.pointee.stride), Int(pool.pointee.top), Int(pool.pointee.left))
  for y in share(Int(output.height), worker: worker, of: workerCount) {
    let rows = clip(y * stride - top, Int(pool.pointee.kernel_height), Int(input.height))
    for x in 0..<Int(output.width) {
      let columns = clip(x * stride - left, Int(pool.pointee.kernel_width), Int(input.width))
      body(rows, columns, y, x)
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

/// Stores the largest value of each of 64 channels from `channel` on over the pixels `rows` x `columns`, codes and
/// remainders together.
@inlinable @inline(__always)
func storeFineMaximum(
  _ input: rn8_tensor, _ rows: Range<Int>, _ columns: Range<Int>, _ channel: Int, to codes: UnsafeMutableRawPointer,
  _ remainders: UnsafeMutableRawPointer
) {
  var (first, second) = (SIMD32<UInt16>.zero, SIMD32<UInt16>.zero)
  for row in rows {
    for column in columns {
      let (codes, remainders) = (input.pixel(row, column) + channel, input.remainders(row, column) + channel)
      first = rn8_max_fine_first(first, codes, remainders)
      second = rn8_max_fine_second(second, codes, remainders)
    }
  }
  rn8_store_fine(codes, remainders, first, second)
}

/// Returns the largest value of each of 16 channels, as `256 * code + remainder`.
@inlinable @inline(__always)
func fineMaximumOfBlock(
  _ input: rn8_tensor, _ rows: Range<Int>, _ columns: Range<Int>, _ channel: Int
) -> SIMD16<Int32> {
  var maximum = SIMD16<Int32>.zero
  for row in rows {
    for column in columns {
      let value = loadFineCodes(input.pixel(row, column) + channel, input.remainders(row, column) + channel)
      maximum = rn8_max_int32(maximum, value)
    }
  }
  return maximum
}

/// Returns the mean of the codes of 16 channels from `channel` on over the pixels `rows` x `columns`, rounded to the
/// nearest code, halves up. At most 2^20 pixels of 255 stay within 28 bits, and twice that within 32.
@inlinable @inline(__always)
func mean(_ input: rn8_tensor, _ rows: Range<Int>, _ columns: Range<Int>, _ channel: Int) -> SIMD16<UInt8> {
  var sum = SIMD16<UInt32>.zero
  for row in rows {
    for column in columns {
      let codes = UnsafeRawPointer(input.pixel(row, column) + channel).loadUnaligned(as: SIMD16<UInt8>.self)
      sum &+= SIMD16<UInt32>(truncatingIfNeeded: codes)
    }
  }
  let count = UInt32(truncatingIfNeeded: rows.count * columns.count)
  return SIMD16<UInt8>(truncatingIfNeeded: (2 &* sum &+ count) / (2 &* count))
}
