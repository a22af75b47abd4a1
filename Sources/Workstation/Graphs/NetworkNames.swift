import Checkpoints
import Platform

/// The prefixes under which a network keeps its tensors. They are found from names alone.
struct NetworkNames {
  struct Block {
    /// The state-dict prefix, such as "layer1.0".
    let prefix: String
    let units: [Naming.Unit]
    let shortcut: Naming.Shortcut?
    var allUnits: [Naming.Unit] { units + (shortcut.map { [$0.unit] } ?? []) }
  }

  let naming: Naming
  /// What stands before all names: "module.", "backbone.", or nothing.
  let prefix: String
  let stem: [Naming.Unit]
  let stages: [[Block]]
  /// The prefix of the classifier, such as "fc" or "fc.1"; nil where the network ends in its pooled features.
  let head: String?
  /// Whether the batch norms were folded into the convolutions before the checkpoint was saved.
  let isFolded: Bool
  /// The names of tensors beside the network, which it does not need.
  let beside: [String]

  var isBottleneck: Bool { stages[0][0].units.count == 3 }
  var hasShortcutWeights: Bool { stages.joined().contains { $0.shortcut != nil } }
  var hasAveragePools: Bool { stages.joined().contains { $0.shortcut?.hasAveragePool == true } }

  /// Finds the prefixes. Throws where tensors are missing or left over, and names them.
  init(_ checkpoint: Checkpoint, features: Bool) throws(ArchitectureError) {
    let prefixes = Prefixes(of: checkpoint.tensors.keys)
    let (naming, prefix) = try Self.network(in: checkpoint)
    let stem = Self.stem(naming, prefix, prefixes)
    let stages = Self.stages(naming, prefix, prefixes)
    let units = stem + stages.joined().flatMap(\.allUnits)
    let isFolded = units.allSatisfy {
      !prefixes.contains($0.norm) && checkpoint.tensors["\($0.convolution).bias"] != nil
    }
    let head = features ? nil : try Self.head(naming, prefix, checkpoint)
    let others = OtherTensors(
      checkpoint, prefix: prefix, units: units, isFolded: isFolded, head: head,
      unusedHeads: features ? naming.heads : [])
    if let problem = others.problem(mayLackHead: features) {
      throw ArchitectureError(
        path: checkpoint.path,
        problem: "not \(naming.owner) network of \(stages.count) stages: \(problem); \(ArchitectureError.supported)")
    }
    (self.naming, self.prefix, self.stem, self.stages) = (naming, prefix, stem, stages)
    (self.head, self.isFolded, beside) = (head, isFolded, others.beside)
  }

  // MARK: The network

  /// Returns the family of a checkpoint's network and what stands before its names.
  private static func network(in checkpoint: Checkpoint) throws(ArchitectureError) -> (Naming, String) {
    let names = Set(checkpoint.tensors.keys)
    for naming in Naming.all {
      let found = naming.prefixes(in: names)
      guard found.count <= 1 else {
        throw ArchitectureError(
          path: checkpoint.path,
          problem:
            "\(found.count) networks: \(found.prefix(4).joined(separator: ", ").printable); choose one with --key")
      }
      if let prefix = found.first { return (naming, prefix) }
    }
    throw ArchitectureError.noNetwork(
      path: checkpoint.path, tensors: checkpoint.listed(checkpoint.tensors.keys))
  }

  private static func stem(_ naming: Naming, _ prefix: String, _ prefixes: Prefixes) -> [Naming.Unit] {
    let stems = naming.stems.map { $0.map { $0.under(prefix) } }
    return stems.last { $0.allSatisfy { prefixes.contains($0.convolution) } } ?? stems[0]
  }

  private static func stages(_ naming: Naming, _ prefix: String, _ prefixes: Prefixes) -> [[Block]] {
    var depth = 2
    let first = "\(prefix)\(naming.stage(0)!).0."
    if prefixes.contains(first + naming.unit(2).convolution) { depth = 3 }
    var stages: [[Block]] = []
    while let stage = naming.stage(stages.count), prefixes.contains("\(prefix)\(stage).0") {
      var blocks: [Block] = []
      while prefixes.contains("\(prefix)\(stage).\(blocks.count)") {
        let block = "\(stage).\(blocks.count)"
        let path = "\(prefix)\(block)."
        blocks.append(
          Block(
            prefix: block, units: (0..<depth).map { naming.unit($0).under(path) },
            shortcut: naming.shortcuts.first { prefixes.contains(path + $0.unit.convolution) }.map {
              Naming.Shortcut(unit: $0.unit.under(path), hasAveragePool: $0.hasAveragePool)
            }))
      }
      stages.append(blocks)
    }
    return stages
  }

  /// Returns the prefix of the classifier: a fully connected layer, or the only one of a `Sequential`.
  private static func head(
    _ naming: Naming, _ prefix: String, _ checkpoint: Checkpoint
  ) throws(ArchitectureError) -> String? {
    for head in naming.heads.map({ prefix + $0 }) {
      if checkpoint.tensors["\(head).weight"] != nil { return head }
      let layers = checkpoint.tensors.keys.filter { $0.hasPrefix("\(head).") && $0.hasSuffix(".weight") }.sorted()
      guard layers.count <= 1 else {
        throw ArchitectureError(
          path: checkpoint.path,
          problem: "a classifier of \(checkpoint.listed(layers)), where one fully connected layer can be run;"
            + " --features leaves it out")
      }
      if let layer = layers.first { return String(layer.dropLast(".weight".count)) }
    }
    return nil
  }
}

/// Describes tensors for messages: "12 tensors (a [64], b [64, 3, 7, 7], ...)".
func listed(_ names: some Collection<String>, shape: (String) -> [Int]?) -> String {
  let shown = names.sorted().prefix(4).map { name in shape(name).map { "\(name) \($0)" } ?? name }
  let list = shown.joined(separator: ", ").printable
  let rest = names.count > shown.count ? ", ..." : ""
  return "\(names.count) \(names.count == 1 ? "tensor" : "tensors") (\(list)\(rest))"
}

extension Checkpoint {
  func listed(_ names: some Collection<String>) -> String { Graphs.listed(names) { tensors[$0]?.shape } }
}
