/// The checks of untrusted bytes. They are made once, by `init(validating:size:)`, and the kernels rely on them. All
/// arithmetic on what the file says is in 64 bits, and values are bounded before they are multiplied, so that none of
/// it can overflow.
extension Model {
  /// Checks the `size` bytes at `bytes`, all but the values of the weights, which may be any bytes. The pointer may
  /// have any alignment.
  public init(validating bytes: UnsafeRawPointer, size: Int) throws(ModelError) {
    guard size >= 4 else { throw .truncated }
    guard bytes.loadUnaligned(as: UInt32.self) == ModelHeader.magic else { throw .notAModel }
    guard size >= ModelHeader.byteCountOfVersion1 else { throw .truncated }
    let version = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    guard version <= ModelHeader.currentVersion else { throw .laterVersion }
    let headerSize = ModelHeader.byteCount(ofVersion: version)
    guard size >= headerSize else { throw .truncated }
    header = ModelHeader(bytes, version: version)
    self.bytes = bytes
    guard UInt64(header.fileSize) <= UInt64(size) else { throw .truncated }
    // Otherwise it cannot be told which bytes the checksum is of: they were damaged.
    guard header.metadataSize >= headerSize, header.metadataSize <= header.fileSize, header.metadataSize % 64 == 0
    else { throw .corrupt }

    let metadata = UnsafeRawBufferPointer(start: bytes, count: Int(header.metadataSize))
    guard Checksum(ofMetadata: metadata).value == header.checksum else { throw .corrupt }

    try validateTables()
    for index in 0..<header.tensorCount { try validate(tensor(index), isImage: index == 0) }
    // The parameters of all layers together must fit in the metadata. If any number of layers could share theirs,
    // checking them could take time quadratic in the file's size.
    var parameterBytes = UInt64(header.metadataSize)
    for index in 0..<Int(header.layerCount) {
      try validate(layer(index), isLast: index == Int(header.layerCount) - 1, &parameterBytes)
      try validateStreaming(index)
    }
    try validateLifetimes()
  }

  public func verifyWeights() throws(ModelError) {
    var checksum = Checksum()
    let size = Int(header.metadataSize)
    checksum.append(UnsafeRawBufferPointer(start: bytes + size, count: Int(header.fileSize) - size))
    guard checksum.value == header.weightsChecksum else { throw .corrupt }
  }

  private func require(_ condition: Bool) throws(ModelError) {
    guard condition else { throw .invalid }
  }

  private func validateTables() throws(ModelError) {
    try require(header.version >= 1)
    try validatePreparation()
    try require(header.tensorCount >= 1 && header.layerCount >= 1 && header.classCount >= 1)
    try require(header.tensorBytes <= 1 << 30 && header.tensorBytes % 64 == 0)
    let tables =
      UInt64(header.byteCount)
      + UInt64(header.tensorCount) * UInt64(TensorRecord.byteCount(ofVersion: header.version))
      + UInt64(header.layerCount) * UInt64(MemoryLayout<LayerRecord>.stride)
    try require(tables <= header.stringsOffset)
    try require(UInt64(header.stringsOffset) + UInt64(header.stringsSize) <= header.metadataSize)

    var count: UInt64 = 0
    for byte in strings where byte == 0 { count += 1 }
    let unlabelled = 1 + UInt64(header.layerCount)
    try require(count == unlabelled || count == unlabelled + UInt64(header.classCount))
    try require(strings[strings.count - 1] == 0)
  }

  /// Checks how pictures are prepared. Version 1 allows its one field any number.
  private func validatePreparation() throws(ModelError) {
    if header.version == 1 { return }
    let (height, width) = (header.resizeHeight, header.resizeWidth)
    let sides: ClosedRange<UInt32> = 1...1 << 16
    switch ResizeKind(rawValue: header.resizeKind) {
    case nil: throw .invalid
    case .unchanged: try require(height == 0 && width == 0)
    case .shorterSide: try require(sides ~= height && width == 0)
    case .sides: try require(sides ~= height && sides ~= width)
    }
    try require(Interpolation(rawValue: header.interpolation) != nil)
    try require(CropRounding(rawValue: header.cropRounding) != nil)
  }

  private func validate(_ tensor: TensorRecord, isImage: Bool) throws(ModelError) {
    let limit: UInt32 = 1 << 16
    try require(1...limit ~= tensor.height && 1...limit ~= tensor.width && 1...limit ~= tensor.channels)
    try require(tensor.halo <= 1 << 12 && tensor.offset % 64 == 0)
    if isImage {
      try require(tensor.channels == header.inputChannels && tensor.channels <= 4)
    } else {
      try require(tensor.channels % UInt32(channelsPerBlock) == 0)
    }
    try require(1...tensor.height ~= tensor.rowsInMemory)
    if tensor.isStreamed { try require(!isImage && tensor.halo == 0) }
    // The product is at most (2^16 + 2^13)^2 x 2^16 < 2^49.
    let halo = UInt64(tensor.halo) * 2
    let bytes = (UInt64(tensor.height) + halo) * (UInt64(tensor.width) + halo) * UInt64(tensor.channels)
    try require(bytes < 1 << 30)
    try require(UInt64(tensor.offset) + UInt64(tensor.byteCount) <= header.tensorBytes)
    guard tensor.hasRemainders else { return }
    try require(!isImage && tensor.remainders % 64 == 0)
    try require(UInt64(tensor.remainders) + UInt64(tensor.remainderByteCount) <= header.tensorBytes)
  }

  /// - Parameter parameterBytes: how many bytes the parameters of this layer and of those after it may take. The
  ///   layer's are subtracted.
  private func validate(
    _ layer: LayerRecord, isLast: Bool, _ parameterBytes: inout UInt64
  ) throws(ModelError) {
    try require(layer.input < header.tensorCount && layer.output < header.tensorCount)
    try require((layer.kind == LayerKind.head) == isLast)
    let (input, output) = (tensor(layer.input), tensor(layer.output))
    switch layer.kind {
    case LayerKind.convolution:
      try validateConvolution(layer, input, output, &parameterBytes)
    case LayerKind.maxPool, LayerKind.averagePool:
      try validatePool(layer, input, output)
    case LayerKind.head:
      try validateHead(layer, input, output, &parameterBytes)
    default:
      throw .invalid
    }
  }

  /// Checks that a streamed tensor is the output of a convolution and the input of the max pool after it, which finds room
  /// for its windows, and of no other layer.
  private func validateStreaming(_ index: Int) throws(ModelError) {
    let layer = layer(index)
    if layer.hasShortcut { try require(!tensor(layer.shortcut).isStreamed) }
    if tensor(layer.input).isStreamed {
      try require(layer.kind == LayerKind.maxPool && index > 0 && self.layer(index - 1).output == layer.input)
    }
    guard tensor(layer.output).isStreamed else { return }
    try require(layer.kind == LayerKind.convolution && !layer.hasShortcut)
    let next = self.layer(index + 1)
    try require(next.kind == LayerKind.maxPool && next.input == layer.output)
    try require(next.window.kernelHeight <= tensor(layer.output).rowsInMemory)
  }

  /// Checks a pooling. Every window must contain a pixel of the input.
  private func validatePool(
    _ layer: LayerRecord, _ input: TensorRecord, _ output: TensorRecord
  ) throws(ModelError) {
    let window = layer.window
    let limit: UInt32 = 1 << 10
    try require(layer.input != 0 && layer.output != 0 && input.channels == output.channels)
    try require(!output.hasRemainders || layer.kind == LayerKind.maxPool && input.hasRemainders)
    try require(1...limit ~= window.kernelHeight && 1...limit ~= window.kernelWidth && 1...limit ~= window.stride)
    try require(window.padding < window.kernelHeight && window.padding < window.kernelWidth)
    func isInside(_ output: UInt32, _ length: UInt32) -> Bool {
      UInt64(output - 1) * UInt64(window.stride) < UInt64(length) + UInt64(window.padding)
    }
    try require(isInside(output.height, input.height) && isInside(output.width, input.width))
  }

  /// Checks that every window of a convolution lies inside the input and its halo.
  private func validateGeometry(
    _ window: WindowRecord, _ input: TensorRecord, _ output: TensorRecord
  ) throws(ModelError) {
    let limit: UInt32 = 1 << 10
    try require(1...limit ~= window.kernelHeight && 1...limit ~= window.kernelWidth)
    try require(1...limit ~= window.stride && 1...limit ~= window.dilation && window.padding <= input.halo)
    func fits(_ output: UInt32, _ kernel: UInt32, _ length: UInt32) -> Bool {
      let last = UInt64(output - 1) * UInt64(window.stride) + UInt64(kernel - 1) * UInt64(window.dilation)
      return last < UInt64(length) + UInt64(input.halo) + UInt64(window.padding)
    }
    try require(fits(output.height, window.kernelHeight, input.height))
    try require(fits(output.width, window.kernelWidth, input.width))
  }

  /// Checks a window of a convolution and returns its depth: the bytes that it reads for one output.
  private func validateWindow(
    _ window: WindowRecord, _ input: TensorRecord, _ output: TensorRecord
  ) throws(ModelError) -> UInt64 {
    try validateGeometry(window, input, output)
    try require(1...input.channels ~= window.groups && input.channels % window.groups == 0)
    if window.groups > 1 {
      try require((input.channels / window.groups) % 4 == 0)
      try require(output.channels % (window.groups * UInt32(channelsPerBlock)) == 0)
    }
    // Each factor is bounded, so that the product cannot overflow: it is at most 2^10 x 2^10 x 2^16.
    let shape = WindowShape(window, channels: Int(input.channels))
    let depth = UInt64(shape.rows) * UInt64(shape.columns) * UInt64(shape.length)
    try require(window.weights >= header.metadataSize)
    try require(UInt64(window.weights) + UInt64(output.channels) * depth <= header.fileSize)
    return depth
  }

  /// Checks the window of a projection. Where it reads remainders, all of its windows must lie inside the tensor: they
  /// have no halo.
  ///
  /// - Returns: its depth, and the largest magnitude of what remainders add to its sums.
  private func validateProjection(
    _ window: WindowRecord, _ shortcut: TensorRecord, _ output: TensorRecord
  ) throws(ModelError) -> (depth: UInt64, remainders: Int64) {
    let depth = try validateWindow(window, shortcut, output)
    guard shortcut.hasRemainders else { return (depth, 0) }
    var withoutHalo = shortcut
    withoutHalo.halo = 0
    try validateGeometry(window, withoutHalo, output)
    return (depth, ((Int64(depth) * Self.largestProduct) >> 8) + 1)
  }

  private func validateConvolution(
    _ layer: LayerRecord, _ input: TensorRecord, _ output: TensorRecord, _ parameterBytes: inout UInt64
  ) throws(ModelError) {
    try require(layer.output != 0 && layer.shortcut < header.tensorCount)
    let depth = try validateWindow(layer.window, input, output)
    var projection: (depth: UInt64, remainders: Int64) = (0, 0)
    switch layer.shortcutKind {
    case ShortcutKind.none: break
    case ShortcutKind.identity:
      let shortcut = tensor(layer.shortcut)
      try require(shortcut.height == output.height && shortcut.width == output.width)
      try require(shortcut.channels == output.channels && layer.shortcut != 0)
    case ShortcutKind.projection:
      // A tile computes both convolutions, so that its blocks must be in one group of each.
      try require(layer.projection.groups == 1 || layer.projection.groups == layer.window.groups)
      projection = try validateProjection(layer.projection, tensor(layer.shortcut), output)
    default: throw .invalid
    }

    let rows = ParameterBlock.rowCount(shortcutKind: layer.shortcutKind)
    let blocks = Int(output.channels) / channelsPerBlock
    try validateParameters(layer, byteCount: blocks * rows * ParameterBlock.rowByteCount, &parameterBytes)
    for block in 0..<blocks {
      for lane in 0..<channelsPerBlock {
        func parameter(_ row: Int) -> Int64 {
          let word = (block * rows + row) * channelsPerBlock + lane
          return Int64(bytes.loadUnaligned(fromByteOffset: Int(layer.parameters) + word * 4, as: Int32.self))
        }
        try require(0...31 ~= parameter(ParameterBlock.shift) && 0...32767 ~= parameter(ParameterBlock.multiplier))
        var shortcut: Int64 = 0
        if layer.shortcutKind != ShortcutKind.none {
          let multiplier = parameter(ParameterBlock.shortcutMultiplier)
          try require(-32768...32767 ~= multiplier && 0...31 ~= parameter(ParameterBlock.shortcutShift))
          shortcut = ((multiplier.magnitudeAsSigned << 15) >> parameter(ParameterBlock.shortcutShift)) + 1
        }
        if layer.shortcutKind == ShortcutKind.projection {
          try require(0...31 ~= parameter(ParameterBlock.projectionShift))
          let rest = parameter(ParameterBlock.projectionBias).magnitudeAsSigned + projection.remainders
          try requireNoOverflow(projection.depth, plus: rest)
        }
        try requireNoOverflow(depth, plus: parameter(ParameterBlock.bias).magnitudeAsSigned + shortcut)
      }
    }
  }

  /// The largest magnitude of a product of a byte, at most 255, and a weight, at most 128 in magnitude.
  private static let largestProduct: Int64 = 255 * 128

  /// Checks that Int32 holds every sum of `rest` and `depth` products of a code and a weight.
  private func requireNoOverflow(_ depth: UInt64, plus rest: Int64) throws(ModelError) {
    guard Int64(depth) * Self.largestProduct + rest <= Int64(Int32.max) else { throw .accumulatorOverflow }
  }

  private func validateParameters(
    _ layer: LayerRecord, byteCount: Int, _ parameterBytes: inout UInt64
  ) throws(ModelError) {
    try require(UInt64(byteCount) <= parameterBytes)
    parameterBytes -= UInt64(byteCount)
    try require(layer.parameters >= header.stringsOffset)
    try require(UInt64(layer.parameters) + UInt64(byteCount) <= header.metadataSize)
  }

  private func validateHead(
    _ layer: LayerRecord, _ input: TensorRecord, _ output: TensorRecord, _ parameterBytes: inout UInt64
  ) throws(ModelError) {
    try require(layer.input != 0 && layer.output != 0)
    let planes = HeadBlock.sumPlanes(hasRemainders: input.hasRemainders)
    let limit = HeadBlock.pixelLimit(hasRemainders: input.hasRemainders)
    try require(output.height == 1 && output.width == planes && output.halo == 0)
    try require(output.channels == input.channels && !output.hasRemainders)
    try require(UInt64(input.height) * UInt64(input.width) <= limit)
    try require(header.classCount <= 1 << 20)
    let blocks = (Int(header.classCount) + channelsPerBlock - 1) / channelsPerBlock
    try validateParameters(layer, byteCount: blocks * HeadBlock.rowCount * ParameterBlock.rowByteCount, &parameterBytes)
    // Finite scales and biases make no NaN, whose bits differ between processors.
    for word in 0..<blocks * HeadBlock.rowCount * channelsPerBlock {
      try require(bytes.loadUnaligned(fromByteOffset: Int(layer.parameters) + word * 4, as: Float.self).isFinite)
    }
    if layer.window.weights == 0 {
      try require(header.classCount <= input.channels)
    } else {
      try require(layer.window.weights >= header.metadataSize)
      let weights = UInt64(blocks * channelsPerBlock) * UInt64(input.channels)
      try require(UInt64(layer.window.weights) + weights <= header.fileSize)
    }
  }
}

extension Int64 {
  /// The magnitude. It cannot overflow, because the values here are those of Int32.
  fileprivate var magnitudeAsSigned: Int64 { self < 0 ? -self : self }
}
