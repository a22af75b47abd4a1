/// Turns a photo into a network's input: scales its shorter side to `resize`, then cuts out the middle.
/// torchvision's classification presets do the same before they normalize. Normalizing is folded into
/// the network's first convolution.
public struct Preprocessing: Sendable, Equatable {
  /// The pixels of the shorter side before the crop; nil crops the image as it is.
  public var resize: Int?
  public var inputWidth: Int
  public var inputHeight: Int

  public init(resize: Int?, inputWidth: Int, inputHeight: Int) {
    precondition(inputWidth > 0 && inputHeight > 0 && (resize ?? 1) > 0)
    self.resize = resize
    self.inputWidth = inputWidth
    self.inputHeight = inputHeight
  }

  /// Returns an image of `inputHeight` x `inputWidth`, equal to that of resizing and then cropping. Only the pixels
  /// that the crop keeps are computed. That is half the work, and a panorama does not become a giant on the way.
  public func callAsFunction(_ image: Image) -> Image {
    guard let resize else { return image.centerCropped(width: inputWidth, height: inputHeight) }
    func axis(_ from: Int, _ to: Int, _ crop: Int) -> Axis {
      let start = max(0, centerCropOffset(to, crop))
      return Axis(from: from, to: to, window: start..<(start + min(crop, to)))
    }
    let size = image.sizeWithShorterSide(resize)
    let middle = image.resampled(
      axis(image.width, size.width, inputWidth), axis(image.height, size.height, inputHeight))
    return middle.centerCropped(width: inputWidth, height: inputHeight)
  }
}

extension Image {
  /// Returns the middle of the image, as torchvision's `CenterCrop((height, width))`. A side that is too short is
  /// padded with zeros; where the padding is odd, the extra row or column is at the end.
  public func centerCropped(width: Int, height: Int) -> Image {
    let left = centerCropOffset(self.width, width)
    let top = centerCropOffset(self.height, height)
    let copied = max(0, left)..<min(self.width, left + width)
    let rowSize = width * channels
    var cropped = [UInt8](repeating: 0, count: height * rowSize)
    for y in max(0, top)..<min(self.height, top + height) {
      let source = (y * self.width + copied.lowerBound) * channels
      let target = (y - top) * rowSize + (copied.lowerBound - left) * channels
      cropped.replaceSubrange(
        target..<(target + copied.count * channels), with: pixels[source..<(source + copied.count * channels)])
    }
    return Image(width: width, height: height, channels: channels, pixels: cropped)
  }
}

/// Returns where a centre crop starts; negative where it pads. Halves are rounded to the even
/// neighbour, as by Python's `round`.
func centerCropOffset(_ size: Int, _ crop: Int) -> Int {
  size >= crop ? Int((Double(size - crop) / 2).rounded(.toNearestOrEven)) : -((crop - size) / 2)
}
