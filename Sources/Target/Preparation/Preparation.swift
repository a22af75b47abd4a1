import ModelFormat

/// How a picture becomes a network's input: it is resized, and then its middle is cut out. The bytes are those of
/// Pillow's `Image.resize` and of torchvision's `CenterCrop`, or Hugging Face's `center_crop`. A side that is shorter
/// than the crop is padded with zeros.
public struct Preparation: Equatable, Sendable {
  public enum Resize: Equatable, Sendable {
    case unchanged
    /// The shorter side gets so many pixels, and the longer one keeps its proportion, rounded down.
    case shorterSide(Int)
    /// The picture gets this size, whatever its proportion.
    case sides(height: Int, width: Int)
  }

  /// Its pixels are in `sides`.
  public var resize: Resize
  public var interpolation: Interpolation
  public var cropRounding: CropRounding
  public var inputHeight: Int
  public var inputWidth: Int

  /// What a resize and an input may have.
  public static let sides = 1...1 << 16

  public init(
    resize: Resize, interpolation: Interpolation = .bilinear, cropRounding: CropRounding = .halfToEven,
    inputHeight: Int, inputWidth: Int
  ) {
    self.resize = resize
    self.interpolation = interpolation
    self.cropRounding = cropRounding
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
  }

  /// Reads what a model says. Returns nil where the model is of version 1 and its resize is beyond `sides`, which that
  /// version allowed.
  public init?(_ model: Model) {
    let (header, input) = (model.header, model.tensor(0))
    let (height, width) = (Int(truncatingIfNeeded: header.resizeHeight), Int(truncatingIfNeeded: header.resizeWidth))
    guard let kind = ResizeKind(rawValue: header.resizeKind),
      let interpolation = Interpolation(rawValue: header.interpolation),
      let cropRounding = CropRounding(rawValue: header.cropRounding)
    else { return nil }
    switch kind {
    case .unchanged: resize = .unchanged
    case .shorterSide: resize = .shorterSide(height)
    case .sides: resize = .sides(height: height, width: width)
    }
    guard kind == .unchanged || Self.sides ~= height else { return nil }
    self.interpolation = interpolation
    self.cropRounding = cropRounding
    (inputHeight, inputWidth) = (Int(input.height), Int(input.width))
  }

  /// Writes to a model's header all but the input's size, which is that of the model's image.
  public func store(in header: inout ModelHeader) {
    switch resize {
    case .unchanged:
      header.resizeKind = ResizeKind.unchanged.rawValue
      (header.resizeHeight, header.resizeWidth) = (0, 0)
    case .shorterSide(let side):
      header.resizeKind = ResizeKind.shorterSide.rawValue
      (header.resizeHeight, header.resizeWidth) = (UInt32(side), 0)
    case .sides(let height, let width):
      header.resizeKind = ResizeKind.sides.rawValue
      (header.resizeHeight, header.resizeWidth) = (UInt32(height), UInt32(width))
    }
    header.interpolation = interpolation.rawValue
    header.cropRounding = cropRounding.rawValue
  }
}
