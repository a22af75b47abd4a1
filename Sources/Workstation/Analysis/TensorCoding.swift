import FloatRuntime
import ModelFormat

/// The coding of a model's tensor. Here, and only here, the numbers that int8 stores meet those of the float network.
struct TensorCoding {
  let hasRemainders: Bool
  private let zeroPoint: Float
  /// The difference between the numbers that neighbouring codes stand for.
  private let step: Float

  init(_ tensor: TensorRecord) {
    hasRemainders = tensor.hasRemainders
    zeroPoint = Float(tensor.fill & 255)
    step = tensor.scale
  }

  /// What codes 0...255 stand for.
  var range: (low: Float, high: Float) { ((0 - zeroPoint) * step, (255 - zeroPoint) * step) }

  // MARK: What an int8 tensor stands for

  /// Returns the squared differences of an int8 tensor from the float network's, and the float network's squares, each summed
  /// up over the tensor.
  ///
  /// - Parameters:
  ///   - codes: the codes of the tensor's first pixel.
  ///   - remainders: the tensor's remainders; nil where it has none.
  func energies(
    _ tensor: TensorRecord, codes: UnsafePointer<UInt8>, remainders: UnsafePointer<UInt8>?,
    beside float: FloatTensorView
  ) -> Energies {
    var energies = Energies()
    let channels = Int(tensor.channels)
    for y in 0..<float.shape.height {
      for x in 0..<float.shape.width {
        let reference = float.pixel(y, x)
        let pixel = codes + y * tensor.rowStride + x * channels
        let fine = remainders.map { $0 + (y * float.shape.width + x) * channels }
        var (signal, noise) = (Float(0), Float(0))
        for channel in reference.indices {
          var code = Float(pixel[channel]) - zeroPoint
          if let fine { code += (Float(fine[channel]) - 128) / 256 }
          let difference = code * step - reference[channel]
          signal += reference[channel] * reference[channel]
          noise += difference * difference
        }
        energies.signal += Double(signal)
        energies.noise += Double(noise)
      }
    }
    return energies
  }

  // MARK: What the coding makes of real numbers

  /// Rounds and clips the channels of a pixel to what codes stand for.
  func round(_ pixel: UnsafeMutableBufferPointer<Float>) {
    for channel in pixel.indices {
      let code = pixel[channel] / step + zeroPoint
      pixel[channel] = (max(0, min(255, code.rounded())) - zeroPoint) * step
    }
  }

  /// Rounds and clips the channels of a pixel to what codes with remainders stand for.
  func roundFinely(_ pixel: UnsafeMutableBufferPointer<Float>) {
    for channel in pixel.indices {
      let code = pixel[channel] / step + zeroPoint
      // The largest remainder is 255, and that of code 0 is 128.
      let fine = max(0, min(255 + 127 / 256, (code * 256).rounded() / 256))
      pixel[channel] = (fine - zeroPoint) * step
    }
  }

  /// Returns what the coding takes away from a tensor.
  ///
  /// - Parameter finely: whether remainders are read too, not codes alone.
  func losses(_ tensor: FloatTensorView, finely: Bool) -> CodingLosses {
    let parts: Float = finely ? 256 : 1
    var losses = CodingLosses()
    for y in 0..<tensor.shape.height {
      for x in 0..<tensor.shape.width {
        let pixel = tensor.pixel(y, x)
        var (rounding, clipping) = (Float(0), Float(0))
        for channel in pixel.indices {
          let code = pixel[channel] / step + zeroPoint
          let nearest = code.rounded()
          let isClipped = nearest < 0 || nearest > 255
          let stored = isClipped ? max(0, min(255, nearest)) : (code * parts).rounded() / parts
          let difference = (stored - code) * step
          rounding += isClipped ? 0 : difference * difference
          clipping += isClipped ? difference * difference : 0
          losses.clippedCount += isClipped ? 1 : 0
        }
        losses.rounding += Double(rounding)
        losses.clipping += Double(clipping)
      }
    }
    return losses
  }
}

/// The energy (sum of squares) of a tensor, and that of another's difference from it.
struct Energies: Sendable {
  var signal = 0.0
  var noise = 0.0

  static func += (sum: inout Energies, other: Energies) {
    sum.signal += other.signal
    sum.noise += other.noise
  }

  /// The signal to noise ratio in decibels; infinite without noise.
  var decibels: Double { Analysis.decibels(signal, noise) }
}

/// What rounding and clipping to codes take away.
struct CodingLosses: Sendable {
  /// The squared error of the values inside the range.
  var rounding = 0.0
  /// The squared error of the values beyond it.
  var clipping = 0.0
  var clippedCount = 0

  static func += (sum: inout CodingLosses, other: CodingLosses) {
    sum.rounding += other.rounding
    sum.clipping += other.clipping
    sum.clippedCount += other.clippedCount
  }
}
