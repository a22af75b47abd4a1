import Graphs
import Platform
import Preparation

extension Configuration {
  /// Follows the `config.json` of transformers' `ResNetConfig`, and the `preprocessor_config.json` beside it where there is
  /// one. Depths and widths are those of the tensors.
  init(transformers config: Settings, processor: Settings?) throws {
    guard let kind = try config.string("model_type") else {
      throw config.refusal(
        "model_type",
        "is missing, and so is timm's architecture; give the file of weights instead, and check the result"
          + " with evaluate --reference")
    }
    guard kind == "resnet" else {
      throw config.refusal("model_type", "is '\(kind.printable)', and only 'resnet' can be read")
    }
    if let activation = try config.string("hidden_act") {
      guard let known = ArchitectureOptions.Activation(rawValue: activation) else {
        throw config.refusal("hidden_act", "is '\(activation.printable)', and only 'relu' can be run")
      }
      architecture.activation = known
    } else {
      architecture.activation = .relu
    }
    // What the code has always: an embedder of stride 2 with a max pool, PyTorch's batch norm, an average pool.
    architecture.stemStride = 2
    architecture.maxPool = true
    architecture.batchNormEpsilon = 1e-5
    architecture.headPooling = .average
    architecture.firstStageStride = try config.bool("downsample_in_first_stage") ?? false ? 2 : 1
    if try config.string("layer_type") != "basic" {
      architecture.strideIn1x1 = try config.bool("downsample_in_bottleneck") ?? false
    }
    labels = try Self.labels(config)
    if let processor { try follow(processor: processor) }
  }

  /// The labels in the order of their numbers, which are the names of `id2label`'s members.
  private static func labels(_ config: Settings) throws -> [String] {
    guard let names = try config.settings("id2label") else { return [] }
    return try (0..<names.names.count).map { index in
      guard let label = try names.string("\(index)") else {
        throw names.refusal(
          "\(index)", "is missing among its \(names.names.count) classes; copy or download the file again")
      }
      return label
    }
  }

  /// Follows the settings of an image processor. Defaults are those of its class.
  private mutating func follow(processor: Settings) throws {
    let written = try processor.string("image_processor_type") ?? processor.string("feature_extractor_type") ?? ""
    let name =
      ["ImageProcessorFast", "ImageProcessor", "FeatureExtractor"].first(where: written.hasSuffix)
      .map { String(written.dropLast($0.count)) } ?? written
    guard let kind = ProcessorKind(rawValue: name) else {
      throw processor.refusal(
        "image_processor_type",
        "is '\(written.printable)', and \(ProcessorKind.allCases.map(\.rawValue).joined(separator: ", ")) are known; take"
          + " the file away, and give --input-size, --resize, --interpolation, --mean and --std")
    }
    let scale = try processor.number("rescale_factor", in: 0...1) ?? 1 / 255
    guard try processor.bool("do_rescale") ?? true, abs(scale * 255 - 1) < 1e-6 else {
      throw processor.refusal("rescale_factor", "is not 1/255; means and deviations are of pixels in 0...1")
    }
    if try processor.bool("do_normalize") ?? true {
      mean = try processor.numbers("image_mean")?.map { Float($0) } ?? kind.mean
      std = try processor.numbers("image_std")?.map { Float($0) } ?? kind.std
    } else {
      (mean, std) = ([0, 0, 0], [1, 1, 1])
    }
    preparation = try kind.preparation(processor)
  }
}

/// The image processors that ResNets are published with (transformers' `image_processing_*.py`).
private enum ProcessorKind: String, CaseIterable {
  /// The shorter side becomes `size / crop_pct`, then the middle is cut out; from 384 pixels on the picture is squashed.
  case convNext = "ConvNext"
  /// The picture is squashed to `size`.
  case vit = "ViT"
  /// The shorter side becomes `size`, then the middle of `crop_size` is cut out.
  case bit = "Bit"

  var mean: [Float] {
    switch self {
    case .convNext: [0.485, 0.456, 0.406]
    case .vit: [0.5, 0.5, 0.5]
    case .bit: [0.48145466, 0.4578275, 0.40821073]
    }
  }
  var std: [Float] {
    switch self {
    case .convNext: [0.229, 0.224, 0.225]
    case .vit: [0.5, 0.5, 0.5]
    case .bit: [0.26862954, 0.26130258, 0.27577711]
    }
  }

  private typealias Size = (height: Int, width: Int)

  func preparation(_ processor: Settings) throws -> Preparation {
    // PIL's numbers of filters. ViT's default is bilinear, that of the others differs.
    let filter = try processor.integer("resample", in: 0...5) ?? (self == .bit ? 3 : 2)
    guard filter == 2 || filter == 3 else {
      throw processor.refusal("resample", "is \(filter), and 2 (bilinear) and 3 (bicubic) can be run")
    }
    let size = try Self.size("size", of: processor)
    let isResized = try processor.bool("do_resize") ?? true
    var (resize, input): (Preparation.Resize, Size)
    switch self {
    case .convNext:
      let side = size?.height ?? 384
      let fraction = try processor.number("crop_pct", in: 0.01...1) ?? 224.0 / 256
      input = (side, side)
      resize = side < 384 ? .shorterSide(Int(Double(side) / fraction)) : .sides(height: side, width: side)
    case .vit:
      input = size ?? (224, 224)
      resize = .sides(height: input.height, width: input.width)
    case .bit:
      let crop =
        try processor.bool("do_center_crop") ?? true ? try Self.size("crop_size", of: processor) ?? (224, 224) : size
      guard let crop else {
        throw processor.refusal("size", "does not tell the input's size; give --input-size and --resize")
      }
      input = crop
      resize = .shorterSide(size?.height ?? 224)
    }
    if !isResized { resize = .unchanged }
    return Preparation(
      resize: resize, interpolation: filter == 3 ? .bicubic : .bilinear, cropRounding: .down,
      inputHeight: input.height, inputWidth: input.width)
  }

  /// Reads a size: a number, or an object with `shortest_edge`, or with `height` and `width`.
  private static func size(_ name: String, of processor: Settings) throws -> Size? {
    if !processor.has(name) { return nil }
    if processor.isObject(name), let size = try processor.settings(name) {
      if let edge = try size.integer("shortest_edge", in: Preparation.sides) { return (edge, edge) }
      guard let height = try size.integer("height", in: Preparation.sides),
        let width = try size.integer("width", in: Preparation.sides)
      else { throw size.refusal("", "has neither shortest_edge nor height and width") }
      return (height, width)
    }
    return try processor.integer(name, in: Preparation.sides).map { ($0, $0) }
  }
}
