import Checkpoints

extension Graph {
  /// Recognizes a network from its tensors' names and shapes, and folds its batch norms.
  ///
  /// - torchvision's `ResNet` (`torchvision/models/resnet.py`), ResNeXt and Wide ResNet included. The stem has stride
  ///   2, a max pool follows, and stages have strides 1, 2, 2, 2. Widths, depths and class count may be any.
  /// - CIFAR ResNets (He et al. 2015, section 4.2), recognized by their 3x3 stem. It has stride 1, and no max pool
  ///   follows. Shortcuts are of option A (no weights) or B.
  /// - labml's `ResNetBase` (`labml_nn/resnet`). There is no ReLU after the stem, no max pool and no head. Only the
  ///   stem and the first block have stride 2.
  ///
  /// The graph of a network without `fc` or `linear` ends in the pooled features.
  ///
  /// - Throws: `ArchitectureError` unless every tensor has its place and shape.
  public init(
    recognizing checkpoint: consuming Checkpoint, options: ArchitectureOptions = ArchitectureOptions()
  ) throws(ArchitectureError) {
    let names = try ArchitectureNames(copy checkpoint)
    try options.validate(for: names, path: checkpoint.path)
    let isCIFAR = checkpoint.tensors["\(names.stem.convolution).weight"]!.shape.dropFirst(2) == [3, 3]
    var builder = ArchitectureBuilder(checkpoint, names, options)
    switch names.family {
    case .stages:
      try builder.appendStem(stride: isCIFAR ? 1 : 2, relu: true)
      if !isCIFAR { builder.append("maxpool", .maxPool(kernel: 3, stride: 2, padding: 1)) }
      try builder.appendStages()
    case .labml:
      try builder.appendStem(stride: 2, relu: false)
      for (i, block) in names.stages[0].enumerated() {
        try builder.appendBlock(block, stride: i == 0 ? 2 : 1, dilation: 1)
      }
    }
    let features = builder.channels
    builder.append("avgpool", .globalAveragePool)
    if let head = names.head { try builder.appendHead(head) }
    guard case .convolution(let stem, _, _) = builder.layers[0].operation else { preconditionFailure("no stem") }
    self.init(
      name: Self.name(names, options, builder.layers, stem: stem, features: features),
      inputChannels: stem.inputChannels, layers: builder.layers)
  }

  private static func name(
    _ names: ArchitectureNames, _ options: ArchitectureOptions, _ layers: [Layer], stem: Convolution, features: Int
  ) -> String {
    let depths = names.stages.map(\.count)
    let kind = names.isBottleneck ? "bottleneck" : "basic"
    let described = "\(kind) \(depths.map(String.init).joined(separator: "-"))"
    if names.family == .labml { return "labml ResNetBase (\(described))" }
    if stem.kernelHeight == 3 {
      let depth = depths.reduce(0, +) * (names.isBottleneck ? 3 : 2) + 2
      if !options.shortcuts { return "CIFAR plain-\(depth)" }
      return "CIFAR ResNet-\(depth) (option \(names.hasShortcutWeights ? "B" : "A"))"
    }
    // Layers 0 and 1 are the stem and the pool. The 3x3 convolution of the first block tells width and groups.
    guard options.shortcuts, stem.kernelHeight == 7, stem.outputChannels == 64,
      features == (names.isBottleneck ? 2048 : 512),
      case .convolution(let inner, _, _) = layers[names.isBottleneck ? 3 : 2].operation
    else { return "ResNet (\(described))" }
    return switch (described, inner.groups, inner.outputChannels) {
    case ("basic 2-2-2-2", 1, 64): "resnet18"
    case ("basic 3-4-6-3", 1, 64): "resnet34"
    case ("bottleneck 3-4-6-3", 1, 64): "resnet50"
    case ("bottleneck 3-4-23-3", 1, 64): "resnet101"
    case ("bottleneck 3-8-36-3", 1, 64): "resnet152"
    case ("bottleneck 3-4-6-3", 32, 128): "resnext50_32x4d"
    case ("bottleneck 3-4-23-3", 32, 256): "resnext101_32x8d"
    case ("bottleneck 3-4-23-3", 64, 256): "resnext101_64x4d"
    case ("bottleneck 3-4-6-3", 1, 128): "wide_resnet50_2"
    case ("bottleneck 3-4-23-3", 1, 128): "wide_resnet101_2"
    default: "ResNet (\(described))"
    }
  }
}

extension ArchitectureBuilder {
  /// Appends all stages as torchvision's `_make_layer` does: a dilated stage does not stride, and its first block still
  /// has the dilation of the stage before.
  fileprivate mutating func appendStages() throws(ArchitectureError) {
    var dilation = 1
    for (i, stage) in names.stages.enumerated() {
      var stride = i == 0 ? 1 : 2
      let previousDilation = dilation
      if options.dilatedStages.contains(i + 1) {
        dilation *= stride
        stride = 1
      }
      for (j, block) in stage.enumerated() {
        try appendBlock(block, stride: j == 0 ? stride : 1, dilation: j == 0 ? previousDilation : dilation)
      }
    }
  }
}

extension ArchitectureOptions {
  fileprivate func validate(for names: ArchitectureNames, path: String) throws(ArchitectureError) {
    let problem: String? =
      if strideIn1x1 && !names.isBottleneck {
        "stride in the 1x1 convolution was asked for, but its blocks have no 1x1 convolution"
      } else if !dilatedStages.isEmpty && (!names.isBottleneck || names.family == .labml) {
        "dilated stages were asked for, but only torchvision's bottleneck networks can have them"
      } else if let stage = dilatedStages.first(where: { !(2...4).contains($0) || $0 > names.stages.count }) {
        "stage \(stage) was to be dilated; the choice is 2 to \(min(names.stages.count, 4))"
      } else if !shortcuts && names.hasShortcutWeights {
        "a plain network was asked for, but it has the weights of shortcuts"
      } else {
        nil
      }
    if let problem { throw ArchitectureError(path: path, problem: problem) }
  }
}
