/// The names that one family of programs gives the tensors of a residual network. All are prefixes in its state dict.
struct Naming: Sendable {
  /// The prefixes of a convolution and of the batch norm that follows it.
  struct Unit: Sendable {
    let convolution: String
    let norm: String

    func under(_ prefix: String) -> Unit { Unit(convolution: prefix + convolution, norm: prefix + norm) }
  }

  /// The convolution of a shortcut, within a block.
  struct Shortcut: Sendable {
    let unit: Unit
    /// Whether an average pool stands before the convolution and strides in its place.
    var hasAveragePool = false
  }

  /// Whose names they are, for people: "torchvision's".
  let owner: String
  /// What the stem may be: one convolution or several. The last whose tensors are there counts.
  let stems: [[Unit]]
  /// The prefix of a stage, counted from 0; nil where the family has no such stage.
  let stage: @Sendable (Int) -> String?
  /// A convolution of a block, counted from 0, within the block.
  let unit: @Sendable (Int) -> Unit
  let shortcuts: [Shortcut]
  /// The prefixes that a classifier may have.
  let heads: [String]
  /// A tensor that tells the family from another with the same anchor.
  var mark: String?
  /// Whether its networks are for images of 32x32 pixels: no max pool follows a 3x3 stem.
  var isForSmallImages = false
  /// Whether its networks are labml's: no ReLU and no max pool follow the stem, whose stride is 2, as is the first block's.
  var isLabml = false

  /// The tensor by which a network of the family is found: the weight of its first block's first convolution.
  var anchor: String { "\(stage(0)!).0.\(unit(0).convolution).weight" }

  /// Returns what stands before the names of each network of the family among these.
  func prefixes(in names: Set<String>) -> [String] {
    names.compactMap { $0.prefix(before: anchor) }
      .filter { prefix in mark.map { names.contains(prefix + $0) } ?? true }.sorted()
  }

  /// The tensors by which networks are found, for messages.
  static let anchors = all.map(\.anchor).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    .joined(separator: ", no ")

  /// All families. The first whose tensors are there counts.
  static let all = [kuangliu, torchvision, huggingFaceClassifier, huggingFaceModel, weiaicunzai, labml]

  private static func unit(_ convolution: String, _ norm: String) -> Unit {
    Unit(convolution: convolution, norm: norm)
  }

  /// torchvision's `ResNet` (`torchvision/models/resnet.py`), and the CIFAR ResNets that follow it. timm's
  /// (`timm/models/resnet.py`) may have a stem of three 3x3 convolutions, and average pools in its shortcuts.
  private static let torchvision = Naming(
    owner: "torchvision's",
    stems: [
      [unit("conv1", "bn1")],
      [unit("conv1.0", "conv1.1"), unit("conv1.3", "conv1.4"), unit("conv1.6", "bn1")],
    ],
    stage: { "layer\($0 + 1)" }, unit: { unit("conv\($0 + 1)", "bn\($0 + 1)") },
    shortcuts: [
      Shortcut(unit: unit("downsample.0", "downsample.1")), Shortcut(unit: unit("shortcut.0", "shortcut.1")),
      Shortcut(unit: unit("downsample.1", "downsample.2"), hasAveragePool: true),
    ],
    heads: ["fc", "linear", "classifier"])

  /// The ResNets of github.com/kuangliu/pytorch-cifar, and those that follow it.
  private static let kuangliu = Naming(
    owner: "kuangliu's", stems: [torchvision.stems[0]], stage: torchvision.stage, unit: torchvision.unit,
    shortcuts: torchvision.shortcuts, heads: ["linear"], mark: "linear.weight", isForSmallImages: true)

  /// The ResNets of github.com/weiaicunzai/pytorch-cifar100.
  private static let weiaicunzai = Naming(
    owner: "weiaicunzai's", stems: [[unit("conv1.0", "conv1.1")]],
    stage: { "conv\($0 + 2)_x" },
    unit: { unit("residual_function.\(3 * $0)", "residual_function.\(3 * $0 + 1)") },
    shortcuts: [Shortcut(unit: unit("shortcut.0", "shortcut.1"))], heads: ["fc"], isForSmallImages: true)

  /// `ResNetForImageClassification` of Hugging Face's transformers (`modeling_resnet.py`).
  private static let huggingFaceClassifier = huggingFace("resnet.", heads: ["classifier"])
  /// Its `ResNetModel`, which has no head.
  private static let huggingFaceModel = huggingFace("", heads: [])

  private static func huggingFace(_ prefix: String, heads: [String]) -> Naming {
    Naming(
      owner: "Hugging Face's",
      stems: [[unit("\(prefix)embedder.embedder.convolution", "\(prefix)embedder.embedder.normalization")]],
      stage: { "\(prefix)encoder.stages.\($0).layers" },
      unit: { unit("layer.\($0).convolution", "layer.\($0).normalization") },
      shortcuts: [Shortcut(unit: unit("shortcut.convolution", "shortcut.normalization"))], heads: heads)
  }

  /// labml's `ResNetBase` (`labml_nn/resnet`).
  private static let labml = Naming(
    owner: "labml's", stems: [[unit("conv", "bn")]], stage: { $0 == 0 ? "blocks" : nil },
    unit: { unit("conv\($0 + 1)", "bn\($0 + 1)") },
    shortcuts: [Shortcut(unit: unit("shortcut.conv", "shortcut.bn"))], heads: [], isLabml: true)
}

extension String {
  /// Returns what stands before the suffix, where that is nothing or ends in a point.
  fileprivate func prefix(before suffix: String) -> String? {
    guard hasSuffix(suffix) else { return nil }
    let prefix = dropLast(suffix.count)
    return prefix.isEmpty || prefix.last == "." ? String(prefix) : nil
  }
}
