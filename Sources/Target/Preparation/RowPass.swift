/// The value of a half in a sum of weighted pixels, which rounds it.
let half: Int32 = 1 << (precisionBits - 1)

/// Removes the fractional bits of a sum. Negative lobes and the rounding of weights may take it beyond a byte.
@inline(__always)
func rounded(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(max(sum >> precisionBits, 0), 255)) }

/// The filter along rows.
struct RowPass {
  private let axis: Axis
  private let channels: Int
  private let weights: UnsafeMutablePointer<Int32>
  private let taps: UnsafeMutablePointer<Axis.Taps>
  private let tapCount: Int

  init(_ axis: Axis, channels: Int, _ memory: ScratchLayout.Memory) {
    self.axis = axis
    self.channels = channels
    (weights, taps) = (memory.rowWeights, memory.taps)
    tapCount = axis.tapCount
  }

  func storeWeights() {
    for index in 0..<axis.count {
      taps[index] = axis.taps(index)
      axis.storeWeights(index, to: weights + index &* tapCount)
    }
  }

  /// Resamples a row.
  ///
  /// - Parameter pixels: those of the row from the first that the filter reads.
  func resample(_ pixels: UnsafePointer<UInt8>, to outputs: UnsafeMutablePointer<UInt8>) {
    if channels == 3 { resampleRGB(pixels, to: outputs) } else { resampleGrey(pixels, to: outputs) }
  }

  private func resampleRGB(_ pixels: UnsafePointer<UInt8>, to outputs: UnsafeMutablePointer<UInt8>) {
    let start = taps[0].first
    var (output, weights) = (outputs, weights)
    for index in 0..<axis.count {
      let taps = taps[index]
      var pixel = pixels + 3 &* (taps.first &- start)
      var (red, green, blue) = (half, half, half)
      for t in 0..<taps.count {
        let weight = weights[t]
        red &+= Int32(pixel[0]) &* weight
        green &+= Int32(pixel[1]) &* weight
        blue &+= Int32(pixel[2]) &* weight
        pixel += 3
      }
      (output[0], output[1], output[2]) = (rounded(red), rounded(green), rounded(blue))
      output += 3
      weights += tapCount
    }
  }

  private func resampleGrey(_ pixels: UnsafePointer<UInt8>, to outputs: UnsafeMutablePointer<UInt8>) {
    let start = taps[0].first
    for index in 0..<axis.count {
      let taps = taps[index]
      let (pixel, weights) = (pixels + (taps.first &- start), weights + index &* tapCount)
      var sum = half
      for t in 0..<taps.count { sum &+= Int32(pixel[t]) &* weights[t] }
      outputs[index] = rounded(sum)
    }
  }
}
