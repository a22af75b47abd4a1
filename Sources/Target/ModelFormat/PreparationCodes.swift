/// The codes by which a header says how a picture becomes the network's input.
///
/// Their raw values are those of the file.
public enum ResizeKind: UInt32, Sendable {
  /// The picture keeps its size.
  case unchanged
  /// The shorter side becomes `resizeHeight` pixels, and the longer one keeps its proportion, rounded down.
  case shorterSide
  /// The picture becomes `resizeHeight` x `resizeWidth` pixels, whatever its proportion.
  case sides
}

/// The filters of Pillow's `Image.resize`.
public enum Interpolation: UInt32, Sendable {
  case bilinear
  case bicubic
}

/// What becomes of half a pixel where the picture's side and the crop's differ by an odd number.
public enum CropRounding: UInt32, Sendable {
  /// The crop begins at the even neighbour, and the picture in a larger one at the lower: torchvision's `CenterCrop`.
  case halfToEven
  /// The crop begins at the lower neighbour, and the picture in a larger one at the upper: Hugging Face's `center_crop`.
  case down
}
