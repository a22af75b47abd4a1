import Preparation

extension Preparation {
  /// Returns an image of `inputHeight` x `inputWidth`, as `resnet_int8_prepare` makes it.
  ///
  /// - Parameter image: one with sides of at most 65,535 pixels.
  public func callAsFunction(_ image: Image) -> Image {
    let format = image.channels == 3 ? PixelFormat.rgb : .grey
    let plan = PreparationPlan(
      self, channels: image.channels, width: image.width, height: image.height, format: format)
    guard let plan else { preconditionFailure("an image of \(image.width) x \(image.height) pixels") }
    let byteCount = inputHeight * inputWidth * image.channels
    let pixels = [UInt8](unsafeUninitializedCapacity: byteCount) { input, count in
      let scratch = UnsafeMutableRawPointer.allocate(byteCount: plan.scratchByteCount, alignment: 64)
      defer { scratch.deallocate() }
      image.pixels.withUnsafeBufferPointer { pixels in
        let picture = Picture(
          pixels.baseAddress!, width: image.width, height: image.height, rowStride: image.width * image.channels,
          format: format)
        plan.prepare(picture, scratch: scratch, to: input.baseAddress!)
      }
      count = byteCount
    }
    return Image(width: inputWidth, height: inputHeight, channels: image.channels, pixels: pixels)
  }
}
