import ModelFormat

/// Where a picture of one size lies in a network's input.
struct Geometry {
  /// The filter along the rows of a picture, whose outputs are the columns that the crop keeps.
  let horizontal: Axis
  let vertical: Axis
  /// The input's column for the first output of `horizontal`. The columns before it are padding.
  let left: Int
  let top: Int

  init(_ preparation: Preparation, width: Int, height: Int) {
    let (outputWidth, outputHeight) = preparation.resize.size(width: width, height: height)
    let rounding = preparation.cropRounding
    let x = rounding.offset(outputWidth, crop: preparation.inputWidth)
    let y = rounding.offset(outputHeight, crop: preparation.inputHeight)
    horizontal = Axis(
      from: width, to: outputWidth, offset: x, crop: preparation.inputWidth, preparation.interpolation)
    vertical = Axis(
      from: height, to: outputHeight, offset: y, crop: preparation.inputHeight, preparation.interpolation)
    (left, top) = (Int(max(0, -x)), Int(max(0, -y)))
  }

  /// Whether columns are resampled before rows.
  ///
  /// Each pass rounds, so the order of the passes shows in the bytes. Pillow 13 resamples along columns first where the
  /// height shrinks by more than twice as many pixels as the width. (Both orders were compared with Pillow 13.0.0 on
  /// 5,908 random sizes, without exception.) Earlier versions always resample along rows first. Where both sides are
  /// scaled in proportion, the versions differ only for pictures that are more than twice as tall as wide.
  var columnsComeFirst: Bool {
    let narrower = Int64(horizontal.inputSize) - horizontal.outputSize
    let lower = Int64(vertical.inputSize) - vertical.outputSize
    return lower > 0 && lower > 2 * narrower
  }
}

extension Preparation.Resize {
  /// Returns what a picture's size becomes.
  fileprivate func size(width: Int, height: Int) -> (width: Int64, height: Int64) {
    switch self {
    case .unchanged: return (Int64(width), Int64(height))
    case .sides(let height, let width): return (Int64(width), Int64(height))
    case .shorterSide(let side):
      let (short, long) = (min(width, height), max(width, height))
      // Python's `int(side * long / short)`, which torchvision and Hugging Face have here.
      let scaled = Int64(Double(Int64(side) * Int64(long)) / Double(short))
      return width <= height ? (Int64(side), scaled) : (scaled, Int64(side))
    }
  }
}

extension CropRounding {
  /// Returns where a centre crop begins; negative where it pads.
  fileprivate func offset(_ size: Int64, crop: Int) -> Int64 {
    let difference = size - Int64(crop)
    // The shift rounds down.
    let lower = difference >> 1
    switch self {
    case .down: return lower
    case .halfToEven: return difference & 1 == 0 ? lower : difference < 0 ? lower + 1 : lower + (lower & 1)
    }
  }
}
