import Graphs
import Platform
import Preparation

extension Configuration {
  /// Follows the `config.json` of a network of timm.
  ///
  /// - Parameter architecture: the name that timm creates it by, such as "resnet50d".
  init(timm config: Settings, architecture name: String) throws {
    // timm/models/resnet.py has more networks than can be run; those here differ in what tensors tell.
    guard name.wholeMatch(of: /(tv_)?(wide_)?(resnet|resnext)[0-9]+[cdst]?(_[0-9]+x[0-9]+d|_2)?/) != nil else {
      throw config.refusal(
        "architecture",
        "is '\(name.printable)', which cannot be run; timm's resnet, resnext and wide_resnet can, with the"
          + " letters c, d, s and t")
    }
    if let arguments = try config.settings("model_args"),
      let first = arguments.names.first(where: { !Self.known.contains($0) })
    {
      throw arguments.refusal(first, "changes the network, and is not known")
    }
    architecture.activation = .relu
    architecture.stemStride = 2
    architecture.maxPool = true
    architecture.batchNormEpsilon = 1e-5
    architecture.strideIn1x1 = false
    switch try config.string("global_pool") ?? "avg" {
    case "avg": architecture.headPooling = .average
    case "max": architecture.headPooling = .max
    case let pool: throw config.refusal("global_pool", "is '\(pool.printable)', and avg and max can be run")
    }
    labels = try config.strings("label_names") ?? []
    guard let data = try config.settings("pretrained_cfg") else { return }
    mean = try data.numbers("mean")?.map { Float($0) }
    std = try data.numbers("std")?.map { Float($0) }
    preparation = try Self.preparation(data)
  }

  /// Arguments of `create_model` that leave the network's layers as they are, or that the tensors tell.
  private static let known: Set = ["num_classes", "in_chans", "global_pool", "drop_rate", "drop_path_rate"]

  /// Returns the preparation of timm's evaluation (`timm.data.create_transform`).
  private static func preparation(_ data: Settings) throws -> Preparation? {
    guard let size = try data.numbers("input_size") else { return nil }
    let sides = size.dropFirst().map { Int(exactly: $0).flatMap { Preparation.sides ~= $0 ? $0 : nil } }
    guard sides.count == 2, let height = sides[0], let width = sides[1] else {
      throw data.refusal("input_size", "is \("\(size)".printable), and channels, height and width are expected")
    }
    let fraction = try data.number("crop_pct", in: 0.01...1) ?? 0.875
    func scaled(_ side: Int) -> Int { Int((Double(side) / fraction).rounded(.down)) }
    guard Preparation.sides ~= max(scaled(height), scaled(width)) else {
      throw data.refusal("crop_pct", "is \(fraction), too small for an input of \(height)x\(width)")
    }
    var resize = Preparation.Resize.sides(height: scaled(height), width: scaled(width))
    switch try data.string("crop_mode") ?? "center" {
    case "center":
      guard height == width else {
        throw data.refusal("input_size", "is \(height)x\(width), and only a square can be cropped")
      }
      resize = .shorterSide(scaled(height))
    case "squash": break
    case let mode: throw data.refusal("crop_mode", "is '\(mode.printable)', and center and squash can be run")
    }
    let filter = try data.string("interpolation") ?? "bilinear"
    guard filter == "bilinear" || filter == "bicubic" else {
      throw data.refusal("interpolation", "is '\(filter.printable)', and bilinear and bicubic can be run")
    }
    return Preparation(
      resize: resize, interpolation: filter == "bicubic" ? .bicubic : .bilinear, inputHeight: height, inputWidth: width)
  }
}
