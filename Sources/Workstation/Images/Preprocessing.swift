/// From a photo to a network's input: the shorter side scaled to `resize`, then the middle cut out. What torchvision's
/// classification presets do before they normalize; normalizing is folded into the network's first convolution.
public struct Preprocessing: Sendable, Equatable {
  /// Pixels of the shorter side before the crop; nil crops the image as it is.
  public var resize: Int?
  public var inputWidth: Int
  public var inputHeight: Int

  public init(resize: Int?, inputWidth: Int, inputHeight: Int) {
    precondition(inputWidth > 0 && inputHeight > 0 && (resize ?? 1) > 0)
    self.resize = resize
    self.inputWidth = inputWidth
    self.inputHeight = inputHeight
  }

  /// An image of `inputHeight` x `inputWidth`, equal to resizing and then cropping. Only pixels that the crop keeps
  /// are computed: half the work, and a panorama does not become a giant on the way.
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
