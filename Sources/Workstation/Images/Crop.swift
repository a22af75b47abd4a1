extension Image {
  /// torchvision's `CenterCrop((height, width))`: the middle of the image; a side that is too short is padded with
  /// zeros, the odd row or column at the end.
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

/// Where a centre crop starts, negative where it pads. Halves go to the even neighbour, as Python's `round` sends them.
func centerCropOffset(_ size: Int, _ crop: Int) -> Int {
  size >= crop ? Int((Double(size - crop) / 2).rounded(.toNearestOrEven)) : -((crop - size) / 2)
}
