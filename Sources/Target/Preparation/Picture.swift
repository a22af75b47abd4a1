/// The order of the bytes of a pixel. The raw values are those of `resnet_int8_format`.
public enum PixelFormat: UInt32, Sendable {
  case rgb
  case bgr
  /// Alpha is dropped, not blended.
  case rgba
  case bgra
  case grey

  /// The bytes of a pixel.
  public var pixelSize: Int {
    switch self {
    case .rgb, .bgr: 3
    case .rgba, .bgra: 4
    case .grey: 1
    }
  }
}

/// A decoded picture in memory: `height` rows of `width` pixels.
public struct Picture {
  public let pixels: UnsafePointer<UInt8>
  public let width: Int
  public let height: Int
  /// The bytes from a pixel to the pixel below it.
  public let rowStride: Int
  public let format: PixelFormat

  /// - Parameter rowStride: at least `width * format.pixelSize`.
  public init(
    _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, rowStride: Int, format: PixelFormat
  ) {
    self.pixels = pixels
    self.width = width
    self.height = height
    self.rowStride = rowStride
    self.format = format
  }

  func pixel(row: Int, column: Int) -> UnsafePointer<UInt8> {
    pixels + (row &* rowStride &+ column &* format.pixelSize)
  }
}

extension PixelFormat {
  /// Whether pixels must be converted before they are resampled to pixels of `channels`: 3 for red, green and blue, 1
  /// for grey. Grey is resampled as grey for every network.
  func needsConversion(channels: Int) -> Bool { channels == 3 ? self != .rgb : self != .grey }

  /// Converts pixels to RGB where `channels` is 3, and to grey where it is 1. Grey pixels need no conversion.
  func convert(
    _ pixels: UnsafePointer<UInt8>, count: Int, channels: Int, to converted: UnsafeMutablePointer<UInt8>
  ) {
    let isReversed = self == .bgr || self == .bgra
    let (red, blue) = isReversed ? (2, 0) : (0, 2)
    let size = pixelSize
    var pixel = pixels
    var output = converted
    for _ in 0..<count {
      if channels == 3 {
        output[0] = pixel[red]
        output[1] = pixel[1]
        output[2] = pixel[blue]
      } else {
        output[0] = luma(pixel[red], pixel[1], pixel[blue])
      }
      pixel += size
      output += channels
    }
  }
}

/// Returns ITU-R 601 luma in 16-bit fixed point, as Pillow's `L24` (libImaging/Convert.c).
@inlinable
public func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
  let sum = UInt32(red) &* 19595 &+ UInt32(green) &* 38470 &+ UInt32(blue) &* 7471
  return UInt8(truncatingIfNeeded: (sum &+ 0x8000) >> 16)
}
