import Checkpoints
import Platform

/// The state-dict prefixes under which a network keeps its tensors. They are found from names alone.
struct ArchitectureNames {
  enum Family {
    /// torchvision's names, which CIFAR ResNets share: `conv1`, `bn1`, `layerS.B.*`.
    case stages
    /// The names of labml's `ResNetBase`: `conv`, `bn`, `blocks.B.*`.
    case labml
  }

  /// The prefixes of a convolution and of the batch norm that follows it.
  struct Unit {
    let convolution: String
    let norm: String

    var required: [String] {
      ["\(convolution).weight"] + ["weight", "bias", "running_mean", "running_var"].map { "\(norm).\($0)" }
    }
    /// The tensors that it may have besides.
    var optional: [String] { ["\(convolution).bias"] }
  }

  struct Block {
    /// The state-dict prefix, such as "layer1.0".
    let prefix: String
    let units: [Unit]
    let shortcut: Unit?
    var allUnits: [Unit] { units + (shortcut.map { [$0] } ?? []) }
  }

  let family: Family
  let stem: Unit
  let stages: [[Block]]
  /// The prefix "fc" or "linear"; nil where the network ends in its pooled features.
  let head: String?

  var isBottleneck: Bool { stages[0][0].units.count == 3 }
  var hasShortcutWeights: Bool { stages.joined().contains { $0.shortcut != nil } }

  /// Finds the prefixes. Throws where tensors are missing or left over, and names them.
  init(_ checkpoint: Checkpoint) throws(ArchitectureError) {
    let tensors = checkpoint.tensors
    let prefixes = Prefixes(of: tensors.keys)
    func blocks(_ stage: String, depth: Int, shortcuts: [Unit]) -> [Block] {
      var blocks: [Block] = []
      while prefixes.contains("\(stage).\(blocks.count)") {
        let prefix = "\(stage).\(blocks.count)"
        let shortcut = shortcuts.first { prefixes.contains("\(prefix).\($0.convolution)") }
        blocks.append(
          Block(
            prefix: prefix,
            units: (1...depth).map { Unit(convolution: "\(prefix).conv\($0)", norm: "\(prefix).bn\($0)") },
            shortcut: shortcut.map {
              Unit(convolution: "\(prefix).\($0.convolution)", norm: "\(prefix).\($0.norm)")
            }))
      }
      return blocks
    }
    let depth = tensors.keys.contains { $0.hasSuffix(".conv3.weight") } ? 3 : 2
    if prefixes.contains("layer1.0.conv1") {
      family = .stages
      stem = Unit(convolution: "conv1", norm: "bn1")
      let shortcuts = ["downsample", "shortcut"].map { Unit(convolution: "\($0).0", norm: "\($0).1") }
      var stages: [[Block]] = []
      while prefixes.contains("layer\(stages.count + 1).0") {
        stages.append(blocks("layer\(stages.count + 1)", depth: depth, shortcuts: shortcuts))
      }
      self.stages = stages
      head = ["fc", "linear"].first { prefixes.contains($0) }
    } else if prefixes.contains("blocks.0.conv1") {
      family = .labml
      stem = Unit(convolution: "conv", norm: "bn")
      stages = [blocks("blocks", depth: depth, shortcuts: [Unit(convolution: "shortcut.conv", norm: "shortcut.bn")])]
      head = nil
    } else {
      throw ArchitectureError(
        path: checkpoint.path,
        problem: "unknown architecture: neither layer1.0.conv1.weight nor blocks.0.conv1.weight among "
          + "\(Self.list(Array(tensors.keys), tensors)); \(ArchitectureError.supported)")
    }
    try requireAll(of: checkpoint)
  }

  private func requireAll(of checkpoint: Checkpoint) throws(ArchitectureError) {
    let units = [stem] + stages.joined().flatMap(\.allUnits)
    let required = units.flatMap(\.required) + (head.map { ["\($0).weight"] } ?? [])
    let used = Set(required + units.flatMap(\.optional) + (head.map { ["\($0).bias"] } ?? []))
    let missing = required.filter { checkpoint.tensors[$0] == nil }
    let leftOver = checkpoint.tensors.keys.filter { !used.contains($0) && !$0.hasSuffix("num_batches_tracked") }
    guard !missing.isEmpty || !leftOver.isEmpty else { return }
    var problems: [String] = []
    if !missing.isEmpty { problems.append("missing \(Self.list(missing, checkpoint.tensors))") }
    if !leftOver.isEmpty { problems.append("left over \(Self.list(leftOver, checkpoint.tensors))") }
    let name = family == .stages ? "a ResNet of \(stages.count) stages" : "labml's ResNetBase"
    throw ArchitectureError(
      path: checkpoint.path,
      problem: "not \(name): \(problems.joined(separator: "; ")); \(ArchitectureError.supported)")
  }

  /// Describes tensors for messages: "12 tensors (a [64], b [64, 3, 7, 7], ...)".
  private static func list(_ names: [String], _ tensors: [String: Tensor]) -> String {
    let shown = names.sorted().prefix(4).map { name in tensors[name].map { "\(name) \($0.shape)" } ?? name }
    let list = shown.joined(separator: ", ").printable
    let rest = names.count > shown.count ? ", ..." : ""
    return "\(names.count) \(names.count == 1 ? "tensor" : "tensors") (\(list)\(rest))"
  }
}

/// What the names of tensors begin with, up to any of their dots. The names are kept in order, where all with one prefix
/// stand in a row: a set of the prefixes themselves would grow with the square of a name's length.
private struct Prefixes {
  private let names: [String]

  init(of names: some Sequence<String>) { self.names = names.sorted() }

  func contains(_ prefix: String) -> Bool {
    let start = "\(prefix)."
    var range = names.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = names[middle] < start ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return names.indices.contains(range.lowerBound) && names[range.lowerBound].hasPrefix(start)
  }
}
