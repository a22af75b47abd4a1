import Checkpoints

/// What a checkpoint lacks of a network, and what it has besides.
struct OtherTensors {
  private let checkpoint: Checkpoint
  private let hasHead: Bool
  private let missing: [String]
  /// Those that might be a part of the network: all within its modules, and every matrix or convolution under its prefix.
  private let leftOver: [String]
  /// Those outside of the network's prefix that might be its classifier.
  private let matricesOutside: [String]
  /// Those that the network does not need, such as `criterion.weight` or `mean`.
  let beside: [String]

  init(
    _ checkpoint: Checkpoint, prefix: String, units: [Naming.Unit], isFolded: Bool, head: String?,
    unusedHeads: [String]
  ) {
    self.checkpoint = checkpoint
    let parameters = isFolded ? [] : ["weight", "bias", "running_mean", "running_var"]
    let required =
      units.map { "\($0.convolution).weight" } + (head.map { ["\($0).weight"] } ?? [])
      + units.flatMap { unit in parameters.map { "\(unit.norm).\($0)" } }
    let used = Set(required + units.map { "\($0.convolution).bias" } + (head.map { ["\($0).bias"] } ?? []))
    func module(_ name: String) -> Substring { name.dropFirst(prefix.count).prefix { $0 != "." } }
    let modules = Set(required.map(module))

    hasHead = head != nil
    missing = required.filter { checkpoint.tensors[$0] == nil }
    let others = checkpoint.tensors.filter { !used.contains($0.key) && !$0.key.hasSuffix("num_batches_tracked") }
    leftOver = others.filter { name, tensor in
      guard name.hasPrefix(prefix), !unusedHeads.contains(where: { name.hasPrefix("\(prefix)\($0).") }) else {
        return false
      }
      return tensor.shape.count > 1 || modules.contains(module(name))
    }.map(\.key)
    matricesOutside = others.filter { !$0.key.hasPrefix(prefix) && $0.value.shape.count > 1 }.map(\.key)
    beside = Set(others.keys).subtracting(leftOver).sorted()
  }

  /// Describes why the tensors are not those of the network; nil where they are.
  func problem(mayLackHead: Bool) -> String? {
    var problems: [String] = []
    if !missing.isEmpty { problems.append("missing \(checkpoint.listed(missing))") }
    if !leftOver.isEmpty { problems.append("left over \(checkpoint.listed(leftOver))") }
    if problems.isEmpty && !hasHead && !mayLackHead && !matricesOutside.isEmpty {
      problems.append(
        "no classifier, and beside it \(checkpoint.listed(matricesOutside)); bring the classifier to the other names with"
          + " --rename, or give --features for the pooled features")
    }
    return problems.isEmpty ? nil : problems.joined(separator: "; ")
  }
}
