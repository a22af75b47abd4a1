/// Writes the maximum over the part of each window that lies inside the input. So padding counts as minus infinity.
func maxPool(
  _ from: FloatTensorLayout, _ input: UnsafePointer<Float>, _ to: FloatTensorLayout,
  _ output: UnsafeMutablePointer<Float>, kernel: Int, stride: Int, padding: Int
) {
  for y in 0..<to.shape.height {
    let rows = max(y * stride - padding, 0)..<min(y * stride - padding + kernel, from.shape.height)
    for x in 0..<to.shape.width {
      let columns = max(x * stride - padding, 0)..<min(x * stride - padding + kernel, from.shape.width)
      let maximum = output + to.origin + y * to.yStride + x * to.xStride
      maximum.update(repeating: -.infinity, count: to.shape.channels)
      for row in rows {
        for column in columns {
          let pixel = input + from.origin + row * from.yStride + column * from.xStride
          for channel in 0..<to.shape.channels {
            // A conditional expression in place of a branch, so that the compiler vectorizes it.
            maximum[channel] = pixel[channel] > maximum[channel] ? pixel[channel] : maximum[channel]
          }
        }
      }
    }
  }
}

/// Writes the mean over the part of each window that lies inside the input.
func averagePool(
  _ from: FloatTensorLayout, _ input: UnsafePointer<Float>, _ to: FloatTensorLayout,
  _ output: UnsafeMutablePointer<Float>, size: Int
) {
  for y in 0..<to.shape.height {
    let rows = y * size..<min((y + 1) * size, from.shape.height)
    for x in 0..<to.shape.width {
      let columns = x * size..<min((x + 1) * size, from.shape.width)
      let mean = output + to.origin + y * to.yStride + x * to.xStride
      mean.update(repeating: 0, count: to.shape.channels)
      for row in rows {
        for column in columns {
          let pixel = input + from.origin + row * from.yStride + column * from.xStride
          for channel in 0..<to.shape.channels { mean[channel] += pixel[channel] }
        }
      }
      for channel in 0..<to.shape.channels { mean[channel] /= Float(rows.count * columns.count) }
    }
  }
}

/// Writes the mean over height and width of each channel to `output[channel]`.
func globalAveragePool(
  _ from: FloatTensorLayout, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
) {
  let shape = from.shape
  output.update(repeating: 0, count: shape.channels)
  for y in 0..<shape.height {
    for x in 0..<shape.width {
      let pixel = input + from.origin + y * from.yStride + x * from.xStride
      for channel in 0..<shape.channels { output[channel] += pixel[channel] }
    }
  }
  for channel in 0..<shape.channels { output[channel] /= Float(shape.height * shape.width) }
}
