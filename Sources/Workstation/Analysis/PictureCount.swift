import FloatRuntime
import Quantization

extension Analysis {
  /// Returns how many pictures are enough, and not too many: as many as keep two cores busy for about a minute.
  public static func pictureCount(_ float: FloatNetwork) -> Int {
    // Each layer alone runs the layers after it, which is half of the network on average.
    let layerRuns = Double(float.graph.layers.count) / 2 + 2
    let work = Double(float.graph.multiplyAccumulates(float.shapes)) * layerRuns
    return Int(max(Self.leastPictures, min(Self.mostPictures, Self.multiplyAccumulates / work)))
  }

  /// Beyond as many, the decibels of a layer change by hundredths.
  private static let mostPictures = 500.0
  /// With fewer, single pictures decide which layer is the worst.
  private static let leastPictures = 8.0
  /// What two cores with AVX-512 multiply in about a minute.
  private static let multiplyAccumulates = 4e12
}
