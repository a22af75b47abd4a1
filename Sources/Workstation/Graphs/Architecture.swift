import Checkpoints

extension Graph {
  /// Recognizes a network from its tensors' names and shapes, and folds its batch norms. `Naming` lists the names that are
  /// known; widths, depths and class count may be any.
  ///
  /// - torchvision's `ResNet`, ResNeXt and Wide ResNet included. Stages have strides 1, 2, 2, 2.
  /// - CIFAR ResNets (He et al. 2015, section 4.2). Their shortcuts are of option A (no weights) or B.
  /// - timm's ResNet-C and ResNet-D (He et al. 2018, "Bag of Tricks", section 4.2): a stem of three convolutions, and an
  ///   average pool before a shortcut's convolution.
  /// - labml's `ResNetBase`. There is no ReLU after the stem, no max pool and no head. Only the stem and the first block
  ///   have stride 2.
  ///
  /// The graph of a network without a classifier ends in the pooled features.
  ///
  /// - Parameters:
  ///   - options: what the owner of the network told of it.
  ///   - configured: what a configuration file beside the checkpoint has of it.
  /// - Throws: `ArchitectureError` unless every tensor of the network has its place and shape, and where several readings
  ///   are common and none was told.
  public init(
    recognizing checkpoint: consuming Checkpoint, options: ArchitectureOptions = ArchitectureOptions(),
    configured: ArchitectureOptions = ArchitectureOptions()
  ) throws(ArchitectureError) {
    let names = try NetworkNames(copy checkpoint, features: options.features)
    let path = checkpoint.path
    var builder = ArchitectureBuilder(checkpoint, names)
    let stemKernels = try builder.stemKernels()
    let properties = try Properties(
      names, stemKernels: stemKernels, told: options, configured: configured, path: path)
    try properties.validate(for: names, path: path)
    try builder.appendStem(properties)
    if properties.hasMaxPool { builder.append("maxpool", .maxPool(kernel: 3, stride: 2, padding: 1)) }
    try builder.appendStages(properties)
    let features = builder.channels
    if properties.headPooling == .max { builder.append("headpool", .globalMaxPool) }
    builder.append("avgpool", .globalAveragePool)
    if let head = names.head { try builder.appendHead(head) }

    let name = NetworkName(names, properties, builder.layers, features: features).description
    guard case .convolution(let stem, _, _) = builder.layers[0].operation else { preconditionFailure("no stem") }
    self.init(
      name: name, inputChannels: stem.inputChannels, layers: builder.layers,
      reading: Reading(names, properties, name: name, stemKernels: stemKernels, toldFeatures: options.features))
  }
}

extension ArchitectureBuilder {
  /// Appends all stages as torchvision's `_make_layer` does: a dilated stage does not stride, and its first block still
  /// has the dilation of the stage before.
  fileprivate mutating func appendStages(_ properties: Properties) throws(ArchitectureError) {
    var dilation = 1
    for (i, stage) in names.stages.enumerated() {
      var stride = i == 0 ? properties.firstStageStride : 2
      let previousDilation = dilation
      if properties.dilatedStages.contains(i + 1) {
        dilation *= stride
        stride = 1
      }
      for (j, block) in stage.enumerated() {
        try appendBlock(
          block, properties, stride: j == 0 ? stride : 1, dilation: j == 0 ? previousDilation : dilation)
      }
    }
  }
}

extension Properties {
  fileprivate func validate(for names: NetworkNames, path: String) throws(ArchitectureError) {
    let problem: String? =
      if strideIn1x1 && !names.isBottleneck {
        "stride in the 1x1 convolution was asked for, but its blocks have no 1x1 convolution"
      } else if !dilatedStages.isEmpty && (!names.isBottleneck || names.naming.isLabml) {
        "dilated stages were asked for, but only torchvision's bottleneck networks can have them"
      } else if let stage = dilatedStages.first(where: { !(2...4).contains($0) || $0 > names.stages.count }) {
        "stage \(stage) was to be dilated; the choice is 2 to \(min(names.stages.count, 4))"
      } else if !hasShortcuts && names.hasShortcutWeights {
        "a plain network was asked for, but it has the weights of shortcuts"
      } else {
        nil
      }
    if let problem { throw ArchitectureError(path: path, problem: problem) }
  }
}
