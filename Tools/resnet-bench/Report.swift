import Platform

/// The measurements, in the structure of the JSON file.
struct Report: Encodable {
  let model: String
  let network: String
  /// The number that the network itself needs for one image. The layers' numbers count what is computed, often more.
  let multiplyAccumulates: Int
  let rounds: Int
  let kernels: [KernelReport]

  func json() -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Encoding throws only for numbers that are not finite, and every number here is finite.
    return String(decoding: try! encoder.encode(self), as: UTF8.self) + "\n"
  }
}

/// The measurements of one kernel set.
struct KernelReport: Encodable {
  /// The speed of dot products alone over all rounds, in GMAC/s.
  struct Limit: Encodable {
    let best: Double
    let median: Double
  }

  struct Shared: Encodable {
    let workers: Int
    let timing: Timing
    /// The fastest time with one worker divided by the fastest time with `workers`.
    let speedUp: Double
  }

  let name: String
  /// The bytes of the network's memory.
  let arenaBytes: Int
  let limit: Limit?
  let tile: Timing
  /// The time to copy the image into its tensor and to fill the halo, before the first layer.
  let image: Timing
  let layers: [LayerReport]
  /// The time of the image and all layers together. Each round times them one after the other.
  let sumOfLayers: Timing
  /// The time of a whole image in one call.
  let run: Timing
  let shared: Shared?
}

struct LayerReport: Encodable {
  struct Algorithm: Encodable {
    let isWinograd: Bool
    let keepsWeights: Bool
    /// The time by Winograd's way over the direct one's, as the library's cost model has it.
    let predictedShareOfDirect: Double
  }

  let name: String
  let operation: String
  /// How it is computed; nil where there is only one way.
  let algorithm: Algorithm?
  let input: String
  let output: String
  let timing: Timing
}

/// The fastest and the median time over all rounds, and the speed of the fastest.
struct Timing: Encodable {
  let multiplyAccumulates: Int
  let minMilliseconds: Double
  let medianMilliseconds: Double
  let gmacPerSecond: Double
  /// The speed as a share of the limit's best round. It is nil where no limit is known or nothing is multiplied.
  let shareOfLimit: Double?

  /// - Parameter limit: the limit's best round, in GMAC/s; nil where no limit is known.
  init(_ samples: Samples, _ multiplyAccumulates: Int, limit: Double?) {
    self.multiplyAccumulates = multiplyAccumulates
    minMilliseconds = samples.min * 1e3
    medianMilliseconds = samples.median * 1e3
    let rate = Double(multiplyAccumulates) / Swift.max(samples.min, 1e-9) * 1e-9
    gmacPerSecond = rate
    shareOfLimit = multiplyAccumulates == 0 ? nil : limit.map { rate / $0 }
  }

  /// The time that the fastest round would have taken at the limit. It is 0 where no limit is known or nothing is
  /// multiplied.
  var millisecondsAtLimit: Double { (shareOfLimit ?? 0) * minMilliseconds }
}
