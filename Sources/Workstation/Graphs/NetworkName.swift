/// The name of a network that was recognized, for people.
struct NetworkName: CustomStringConvertible {
  let description: String

  init(_ names: NetworkNames, _ properties: Properties, _ layers: [Layer], features: Int) {
    let depths = names.stages.map(\.count)
    let blocks = "\(names.isBottleneck ? "bottleneck" : "basic") \(depths.map(String.init).joined(separator: "-"))"
    guard case .convolution(let stem, _, _) = layers[0].operation,
      case .convolution(let lastOfStem, _, _) = layers[names.stem.count - 1].operation,
      case .convolution(let inner, _, _) = layers[Self.first3x3(names, properties)].operation
    else { preconditionFailure("no stem") }

    description =
      if names.naming.isLabml {
        "labml ResNetBase (\(blocks))"
      } else if names.stem.count == 1 && stem.kernelHeight == 3 {
        Self.small(names, properties)
      } else if let standard =
        properties.hasShortcuts && stem.kernelHeight == (names.stem.count == 1 ? 7 : 3)
          && lastOfStem.outputChannels == 64 && features == (names.isBottleneck ? 2048 : 512)
        ? Self.standard[Structure(blocks: blocks, groups: inner.groups, width: inner.outputChannels)] : nil
      {
        standard + Self.suffix(names, stem)
      } else {
        "ResNet (\(blocks))"
      }
  }

  /// The index of the layer of the first block's 3x3 convolution, which tells width and groups.
  private static func first3x3(_ names: NetworkNames, _ properties: Properties) -> Int {
    names.stem.count + (properties.hasMaxPool ? 1 : 0) + (names.isBottleneck ? 1 : 0)
  }

  /// A network for small images, whose name tells its depth.
  private static func small(_ names: NetworkNames, _ properties: Properties) -> String {
    let depth = names.stages.map(\.count).reduce(0, +) * (names.isBottleneck ? 3 : 2) + 2
    if !properties.hasShortcuts { return "CIFAR plain-\(depth)" }
    return "CIFAR ResNet-\(depth) (option \(names.hasShortcutWeights ? "B" : "A"))"
  }

  /// timm's letters: "d" for a deep stem with average pools in the shortcuts, "t" where the stem's widths rise in tiers,
  /// "c" for a deep stem alone.
  private static func suffix(_ names: NetworkNames, _ stem: Convolution) -> String {
    if names.stem.count == 1 { return "" }
    if !names.hasAveragePools { return "c" }
    return stem.outputChannels == 24 ? "t" : "d"
  }

  private struct Structure: Hashable {
    let blocks: String
    let groups: Int
    let width: Int
  }

  private static let standard: [Structure: String] = [
    Structure(blocks: "basic 2-2-2-2", groups: 1, width: 64): "resnet18",
    Structure(blocks: "basic 3-4-6-3", groups: 1, width: 64): "resnet34",
    Structure(blocks: "bottleneck 2-2-2-2", groups: 1, width: 64): "resnet26",
    Structure(blocks: "bottleneck 3-4-6-3", groups: 1, width: 64): "resnet50",
    Structure(blocks: "bottleneck 3-4-23-3", groups: 1, width: 64): "resnet101",
    Structure(blocks: "bottleneck 3-8-36-3", groups: 1, width: 64): "resnet152",
    Structure(blocks: "bottleneck 3-4-6-3", groups: 32, width: 128): "resnext50_32x4d",
    Structure(blocks: "bottleneck 3-4-23-3", groups: 32, width: 256): "resnext101_32x8d",
    Structure(blocks: "bottleneck 3-4-23-3", groups: 64, width: 256): "resnext101_64x4d",
    Structure(blocks: "bottleneck 3-4-6-3", groups: 1, width: 128): "wide_resnet50_2",
    Structure(blocks: "bottleneck 3-4-23-3", groups: 1, width: 128): "wide_resnet101_2",
  ]
}
