import FloatRuntime

/// How the weights of a network become int8.
public enum Rounding: String, Sendable, CaseIterable {
  /// Layer by layer for what int8 really computes on calibration images: each rounding error is made up for by the weights that
  /// are rounded after it, and what is left of it in the mean by the bias.
  case errorSpreading = "error-spreading"
  /// Each weight to the nearest code.
  case nearest
}

/// A way to round the weights of a layer to int8.
package protocol WeightRounding: Sendable {
  /// Returns the codes of the weights of all output channels, in -127...127.
  ///
  /// - Parameters:
  ///   - weights: the float weights of each channel, HWI.
  ///   - scales: the real value of one unit of each channel's codes.
  func codes(_ weights: [ArraySlice<Float>], scales: [Float]) -> [[Int8]]
}

/// Rounds each weight to the nearest code.
struct NearestRounding: WeightRounding {
  func codes(_ weights: [ArraySlice<Float>], scales: [Float]) -> [[Int8]] {
    concurrentMap(weights.count) { WeightQuantizer.codes(weights[$0], scale: scales[$0]) }
  }
}
