import Platform

/// What was measured, in the form of the JSON.
struct Report: Encodable {
  let model: String
  let network: String
  /// The network's own, of one image; the layers' are of what is computed, which may be more.
  let multiplyAccumulates: Int
  let rounds: Int
  let kernels: [KernelReport]

  func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Every number here is finite.
    return String(decoding: try! encoder.encode(self), as: UTF8.self) + "\n"
  }
}

/// One set of kernels.
struct KernelReport: Encodable {
  /// Of the rounds' dot products alone, GMAC/s.
  struct Limit: Encodable {
    let best: Double
    let median: Double
  }

  struct Shared: Encodable {
    let workers: Int
    let timing: Timing
    /// Over one worker, both at their fastest.
    let speedUp: Double
  }

  let name: String
  let limit: Limit?
  let tile: Timing
  /// Copying the image into its halo, before the first layer.
  let image: Timing
  let layers: [LayerReport]
  /// The image and the layers, as one after the other was timed.
  let sumOfLayers: Timing
  /// A whole image on its own.
  let run: Timing
  let shared: Shared?
}

struct LayerReport: Encodable {
  let name: String
  let operation: String
  let input: String
  let output: String
  let timing: Timing
}

/// Times of the rounds, and the speed of the fastest.
struct Timing: Encodable {
  let multiplyAccumulates: Int
  let minMilliseconds: Double
  let medianMilliseconds: Double
  let gmacPerSecond: Double
  /// Of the limit's best; nil where there is none, or nothing is multiplied.
  let shareOfLimit: Double?

  /// - Parameter limit: GMAC/s.
  init(_ samples: Samples, _ multiplyAccumulates: Int, limit: Double?) {
    self.multiplyAccumulates = multiplyAccumulates
    minMilliseconds = samples.min * 1e3
    medianMilliseconds = samples.median * 1e3
    let rate = Double(multiplyAccumulates) / Swift.max(samples.min, 1e-9) * 1e-9
    gmacPerSecond = rate
    shareOfLimit = multiplyAccumulates == 0 ? nil : limit.map { rate / $0 }
  }

  /// What the fastest round would have taken at the limit; 0 where that is not known or nothing is multiplied.
  var millisecondsAtLimit: Double { (shareOfLimit ?? 0) * minMilliseconds }
}
