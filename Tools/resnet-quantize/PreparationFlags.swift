import ArgumentParser
import Images
import ModelFormat
import Preparation
import ToolSupport

/// The options for how pictures become the network's input.
struct PreparationFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Pixels of a picture's shorter side before the centre crop, or HEIGHTxWIDTH, which squashes it (default: 256 for an "
        + "input of 224, else the input's longer side).", valueName: "pixels"))
  var resize: ResizeArgument?

  @Option(
    name: .customLong("crop-pct"), parsing: .unconditional,
    help: ArgumentHelp(
      "In place of --resize, timm's crop_pct: the part of the shorter side that a square input keeps.",
      valueName: "fraction"))
  var cropFraction: Double?

  @Option(help: "Filter of the resize, as Pillow has it: bilinear or bicubic (default: bilinear).")
  var interpolation: InterpolationArgument?

  func validate() throws {
    if let fraction = cropFraction {
      guard resize == nil else { throw ValidationError("--crop-pct \(fraction): give it or --resize, not both") }
      guard fraction > 0, fraction <= 1 else {
        throw ValidationError("--crop-pct \(fraction): give 0 to 1, such as 0.875")
      }
    }
  }

  /// Returns how pictures become an input of this size.
  ///
  /// - Parameter standard: the preparation where options say nothing, such as that of the network's own files. The resize
  ///   of one for another size does not count.
  func preparation(for size: InputSize, standard: Preparation? = nil) throws -> Preparation {
    var preparation = Preparation(
      resize: .shorterSide(size.standardResize), inputHeight: size.height, inputWidth: size.width)
    if let standard {
      preparation.interpolation = standard.interpolation
      preparation.cropRounding = standard.cropRounding
      if (standard.inputHeight, standard.inputWidth) == (size.height, size.width) {
        preparation.resize = standard.resize
      }
    }
    if let resize = resize?.resize { preparation.resize = resize }
    if let cropFraction { preparation.resize = .shorterSide(try side(of: size, keeping: cropFraction)) }
    if let interpolation { preparation.interpolation = interpolation == .bicubic ? .bicubic : .bilinear }
    return preparation
  }

  private func side(of size: InputSize, keeping fraction: Double) throws -> Int {
    guard size.height == size.width else {
      throw Refusal("--crop-pct: the input is \(size.height)x\(size.width), and not a square; give --resize")
    }
    let side = (Double(size.height) / fraction).rounded(.down)
    guard side <= Double(Preparation.sides.upperBound) else {
      throw Refusal(
        "--crop-pct \(fraction): the shorter side would have \(side.formatted(decimals: 0)) pixels, and at most "
          + "\(Preparation.sides.upperBound) are possible")
    }
    return Int(side)
  }
}

/// The argument "256" is the length of the shorter side, and "224x224" means height x width.
struct ResizeArgument: ExpressibleByArgument {
  let resize: Preparation.Resize

  init?(argument: String) {
    guard let size = InputSize(argument: argument) else { return nil }
    resize = argument.contains("x") ? .sides(height: size.height, width: size.width) : .shorterSide(size.height)
  }
}

enum InterpolationArgument: String, ExpressibleByArgument, CaseIterable {
  case bilinear
  case bicubic
}

extension InputSize {
  /// The shorter side of pictures before the crop where nothing is said: 256 for an input of 224x224, as in torchvision,
  /// and otherwise the input's longer side.
  fileprivate var standardResize: Int { height == 224 && width == 224 ? 256 : max(height, width) }
}
