import Checkpoints

/// The tensors of a network of a supported family, with damage. The choices that bytes make are its widths, depths,
/// kernels and groups, and which names, shapes and values are changed.
struct FuzzedStateDict {
  private(set) var tensors: [String: Tensor] = [:]
  private var choices: Choices

  init(_ choices: Choices) { self.choices = choices }

  mutating func addNetwork() {
    let isBottleneck = choices.next().isMultiple(of: 2)
    switch choices.pick(["torchvision", "cifar", "labml"]) {
    case "labml":
      addUnit("conv", "bn", [choices.pick([4, 1, 16]), choices.pick([1, 3, 2]), 3, 3])
      addBlocks("blocks", isBottleneck: isBottleneck)
    case let family:
      let kernel = family == "cifar" ? 3 : choices.pick([7, 1, 2, 4, 64])
      addUnit("conv1", "bn1", [channels, choices.pick([3, 1, 2]), kernel, choices.isRare() ? 3 : kernel])
      for stage in 1...(1 + choices.next() % 5) { addBlocks("layer\(stage)", isBottleneck: isBottleneck) }
      guard !choices.isRare() else { break }
      let head = choices.pick(["fc", "linear"])
      add("\(head).weight", [1 + Int(choices.next()), channels])
      add("\(head).bias", [tensors["\(head).weight"]?.shape.first ?? 1])
    }
    rename(choices.pick(Family.all))
    for _ in 0..<choices.next() % 4 { damage() }
  }

  /// The channels of the tensor that the last unit made.
  private var channels = 4

  private mutating func addBlocks(_ stage: String, isBottleneck: Bool) {
    for block in 0...choices.next() % 3 {
      let prefix = "\(stage).\(block)"
      let inputs = channels
      let outputs = choices.pick([inputs, inputs * 2, 4, inputs + 2, inputs + 1, 17, 64, 900])
      let inner = isBottleneck ? choices.pick([4, 16, 8, 12, 96]) : choices.pick([outputs, 1])
      if isBottleneck {
        let groups = choices.pick([1, 2, 4, inner, 3])
        addUnit("\(prefix).conv1", "\(prefix).bn1", [inner, inputs, 1, 1])
        addUnit("\(prefix).conv2", "\(prefix).bn2", [inner, max(1, inner / groups), 3, 3])
        addUnit("\(prefix).conv3", "\(prefix).bn3", [outputs, inner, 1, 1])
      } else {
        addUnit("\(prefix).conv1", "\(prefix).bn1", [inner, inputs, 3, 3])
        addUnit("\(prefix).conv2", "\(prefix).bn2", [outputs, inner, 3, 3])
      }
      switch choices.pick(["none", "downsample", "shortcut"]) {
      case "none": break
      case let name where stage == "blocks":
        addUnit("\(prefix).\(name).conv", "\(prefix).\(name).bn", [outputs, inputs, 1, 1])
      case let name: addUnit("\(prefix).\(name).0", "\(prefix).\(name).1", [outputs, inputs, 1, 1])
      }
    }
  }

  private mutating func addUnit(_ convolution: String, _ norm: String, _ shape: [Int]) {
    add("\(convolution).weight", shape)
    if choices.isRare() { add("\(convolution).bias", [shape[0]]) }
    for name in ["weight", "bias", "running_mean", "running_var"] { add("\(norm).\(name)", [shape[0]]) }
    channels = shape[0]
  }

  private mutating func add(_ name: String, _ shape: [Int]) {
    var count = 1
    for length in shape {
      let (product, isLarge) = count.multipliedReportingOverflow(by: length)
      guard !isLarge, product <= 200_000 else { return }
      count = product
    }
    let value: Float = choices.isRare() ? choices.pick([-1, .leastNonzeroMagnitude, 3e38, -3e38, 1e-20]) : 0.5
    tensors[name] = Tensor(shape: shape, values: [Float](repeating: value, count: count))
  }

  /// Renames all tensors, by one rule after the other.
  private mutating func rename(_ rules: [(from: String, to: String)]) {
    for (from, to) in rules {
      let renamed = tensors.map { name, tensor in
        if from.hasPrefix(".") { return (name.replacing(from, with: to), tensor) }
        return (name.hasPrefix(from) ? to + name.dropFirst(from.count) : name, tensor)
      }
      tensors = Dictionary(renamed) { first, _ in first }
    }
  }

  /// Renames, reshapes, removes or adds a tensor.
  private mutating func damage() {
    let names = tensors.keys.sorted()
    guard !names.isEmpty else { return }
    let name = names[(Int(choices.next()) << 8 | Int(choices.next())) % names.count]
    let tensor = tensors[name]!
    switch choices.next() % 5 {
    case 0: tensors[name] = nil
    case 1: add(name, tensor.shape + [1])
    case 2: add(name, [0] + tensor.shape.dropFirst() + (choices.isRare() ? [.max, .max] : []))
    case 3: add(name, tensor.shape.map { min($0, .max - 1) + Int(choices.next() % 2) })
    default:
      tensors[name] = nil
      tensors[choices.text() + choices.pick([name, "layer1.70", ".", "layer1.0.conv3.weight"])] = tensor
    }
  }
}
