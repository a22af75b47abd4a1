import CKernels

/// Max pooling over a window clipped to the input: padding never wins.
@inlinable @inline(__always)
func maxPool(_ pool: UnsafePointer<rn8_pool>, worker: Int, of workerCount: Int) {
  let (input, output) = (pool.pointee.input, pool.pointee.output)
  let (stride, padding) = (Int(pool.pointee.stride), Int(pool.pointee.padding))
  for y in share(Int(output.height), worker: worker, of: workerCount) {
    let top = max(y * stride - padding, 0)
    let bottom = min(y * stride - padding + Int(pool.pointee.kernel_height), Int(input.height))
    for x in 0..<Int(output.width) {
      let left = max(x * stride - padding, 0)
      let right = min(x * stride - padding + Int(pool.pointee.kernel_width), Int(input.width))
      let pixel = UnsafeMutableRawPointer(output.codes!) + y * output.y_stride + x * output.x_stride
      var channel = 0
      while channel < Int(output.channels) {
        var maximum = SIMD16<UInt8>.zero
        for row in top..<bottom {
          for column in left..<right {
            let window = UnsafeRawPointer(input.codes!) + row * input.y_stride + column * input.x_stride
            let codes = (window + channel).loadUnaligned(as: SIMD16<UInt8>.self)
            maximum.replace(with: codes, where: codes .> maximum)
          }
        }
        (pixel + channel).storeBytes(of: maximum, as: SIMD16<UInt8>.self)
        channel += 16
      }
    }
  }
}
