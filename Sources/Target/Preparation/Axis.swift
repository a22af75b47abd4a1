import ModelFormat

/// The fractional bits of a weight: 32, less 8 for the pixel, less 2 that Pillow keeps for filters with negative lobes.
let precisionBits: Int32 = 22

/// The filter along one side of a picture: for each coordinate of the output that the crop keeps, the inputs that it
/// reads and their weights.
///
/// It follows Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` (libImaging/Resample.c) operation for operation,
/// since a weight that differs in its last bit gives other bytes.
struct Axis {
  let inputSize: Int
  /// The whole side. It may have 2^32 pixels, where a line of single pixels is enlarged.
  let outputSize: Int64
  /// The first coordinate that is kept.
  private let start: Int64
  /// The number of coordinates that are kept.
  let count: Int
  private let interpolation: Interpolation
  /// The input's pixels for one of the output's.
  private let scale: Double

  /// - Parameters:
  ///   - offset: where the crop begins; negative where it pads.
  ///   - crop: the pixels of the crop, some of which lie in the output.
  init(from inputSize: Int, to outputSize: Int64, offset: Int64, crop: Int, _ interpolation: Interpolation) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    start = max(0, offset)
    count = Int(min(Int64(crop), outputSize))
    self.interpolation = interpolation
    scale = Double(inputSize) / Double(outputSize)
  }

  var shrinks: Bool { Int64(inputSize) > outputSize }

  /// The pixels on each side of the centre that the filter reads, where nothing shrinks.
  private var reach: Double { interpolation == .bilinear ? 1 : 2 }

  /// The factor by which the filter is widened, so that shrinking does not alias.
  private var widening: Double { max(scale, 1) }

  /// The most outputs that read the same input where the side shrinks, and the most inputs that an output reads where it
  /// does not: 2 for each pixel of `reach`, one where the ends of an interval both count, and one for rounding.
  var overlap: Int { interpolation == .bilinear ? 4 : 6 }

  /// The most inputs that an output reads.
  var tapCount: Int { min(inputSize, Int(2 * reach * widening) + 2) }

  /// The inputs that an output reads.
  struct Taps {
    let first: Int
    let count: Int

    var end: Int { first &+ count }
  }

  /// - Parameter index: 0 ..< `count`.
  func taps(_ index: Int) -> Taps {
    // Pillow copies a side that keeps its size.
    if Int64(inputSize) == outputSize { return Taps(first: Int(start) &+ index, count: 1) }
    let center = center(index)
    let support = reach * widening
    let first = max(0, Int(center - support + 0.5))
    return Taps(first: first, count: min(inputSize, Int(center + support + 0.5)) &- first)
  }

  /// All inputs that are read.
  var inputs: Range<Int> { taps(0).first..<taps(count - 1).end }

  private func center(_ index: Int) -> Double { (Double(start + Int64(index)) + 0.5) * scale }

  /// Writes the weights of an output's taps, in units of 2^-22.
  func storeWeights(_ index: Int, to weights: UnsafeMutablePointer<Int32>) {
    let taps = taps(index)
    let center = center(index)
    let inverse = 1 / widening
    var sum = 0.0
    for t in 0..<taps.count { sum += filter((Double(t &+ taps.first) - center + 0.5) * inverse) }
    for t in 0..<taps.count {
      var weight = filter((Double(t &+ taps.first) - center + 0.5) * inverse)
      if sum != 0 { weight /= sum }
      weight *= Double(1 << precisionBits)
      weights[t] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
    }
  }

  private func filter(_ distance: Double) -> Double {
    let x = distance < 0 ? -distance : distance
    switch interpolation {
    case .bilinear: return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}
