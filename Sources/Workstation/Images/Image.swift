/// An 8-bit image: `height` rows of `width` pixels of `channels` interleaved bytes (HWC).
public struct Image: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// 3 for red, green and blue; 1 for grey.
  public let channels: Int
  /// The image's `height * width * channels` bytes, row by row from the top.
  public let pixels: [UInt8]

  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }
}
