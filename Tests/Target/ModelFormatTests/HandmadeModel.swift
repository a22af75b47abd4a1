import ModelFormat

/// A small model that obeys every rule, and whose fields tests change. Its checksums are always right.
///
/// | layer | |
/// |---:|---|
/// | 0 | 1x1 convolution of the image, 6x6x3, to 1x1x16: tensor 6, which is not read |
/// | 1 | 3x3 convolution of the image, to 6x6x32 |
/// | 2 | 3x3 convolution with 2 groups and an identity shortcut, to 6x6x32 |
/// | 3 | 3x3 max pooling with stride 2, to 3x3x32 |
/// | 4 | 1x1 convolution whose shortcut is a projection of what layer 3 pools, to 3x3x256 |
/// | 5 | head with a classifier of 10 labelled classes |
///
/// Each layer but the first writes the tensor of its own number and reads the one before it. Tensor 7 is used by no layer.
/// All tensors lie apart, with room between them.
struct HandmadeModel {
  var header = ModelHeader()
  var tensors: [TensorRecord]
  var layers: [LayerRecord]
  /// The network's name, the layers' and the labels, each with its NUL.
  var strings: [UInt8]
  /// The words of each layer's parameters.
  var parameters: [[Int32]] = []
  var weightCount = 0

  /// Where the parts lie in the file, whatever the fields say later.
  private let metadataSize: Int
  private let parameterOffsets: [Int]

  /// - Parameters:
  ///   - copies: how often layer 4 is there once more. Its copies share its parameters and weights.
  ///   - unusedBytes: bytes between the strings and the parameters.
  init(labels: [String] = (0..<10).map { "label \($0)" }, copies: Int = 0, unusedBytes: Int = 0) {
    tensors = Self.tensors
    layers = Self.layers
    layers.insert(contentsOf: [LayerRecord](repeating: layers[4], count: copies), at: 4)
    strings = [UInt8](repeating: 0, count: 1 + layers.count) + labels.flatMap { Array($0.utf8) + [0] }

    (header.tensorCount, header.layerCount) = (UInt32(tensors.count), UInt32(layers.count))
    (header.classCount, header.inputChannels) = (10, 3)
    header.tensorBytes = tensors.last!.offset + UInt32(tensors.last!.byteCount)
    let tables =
      MemoryLayout<ModelHeader>.stride + tensors.count * MemoryLayout<TensorRecord>.stride
      + layers.count * MemoryLayout<LayerRecord>.stride
    (header.stringsOffset, header.stringsSize) = (UInt32(tables), UInt32(strings.count))

    var end = (tables + strings.count + unusedBytes + 63) / 64 * 64
    for index in layers.indices {
      let isCopy = index > 4 && layers[index].kind == LayerKind.convolution
      let words = Self.parameters(layers[index], isFirst: index == 0)
      parameters.append(words)
      layers[index].parameters = isCopy ? layers[4].parameters : UInt32(end)
      end += isCopy ? 0 : words.count * 4
    }
    metadataSize = end
    parameterOffsets = layers.map { Int($0.parameters) }
    header.metadataSize = UInt32(end)
    for index in layers.indices where layers[index].kind != LayerKind.maxPool {
      layers[index].window.weights = UInt32(end)
      layers[index].projection.weights = UInt32(end)
    }
    weightCount = 256 * 32
    header.fileSize = UInt32(end + weightCount)
  }

  private static var tensors: [TensorRecord] {
    var end: UInt32 = 0
    func tensor(_ height: UInt32, _ width: UInt32, _ channels: UInt32, halo: UInt32 = 0) -> TensorRecord {
      let tensor = TensorRecord(
        offset: end, height: height, width: width, channels: channels, halo: halo, fill: 0, scale: 1)
      end += UInt32(tensor.byteCount) + 1024
      return tensor
    }
    return [
      tensor(6, 6, 3, halo: 1), tensor(6, 6, 32, halo: 1), tensor(6, 6, 32), tensor(3, 3, 32), tensor(3, 3, 256),
      tensor(1, 3, 256), tensor(1, 1, 16), tensor(1, 1, 16),
    ]
  }

  private static var layers: [LayerRecord] {
    func layer(_ kind: UInt32, _ index: UInt32, _ window: WindowRecord) -> LayerRecord {
      LayerRecord(kind: kind, input: index, output: index + 1, window: window)
    }
    var layers = [
      LayerRecord(
        kind: LayerKind.convolution, input: 0, output: 6, window: WindowRecord(kernelHeight: 1, kernelWidth: 1)),
      layer(LayerKind.convolution, 0, WindowRecord(kernelHeight: 3, kernelWidth: 3, padding: 1)),
      layer(LayerKind.convolution, 1, WindowRecord(kernelHeight: 3, kernelWidth: 3, padding: 1, groups: 2)),
      layer(LayerKind.maxPool, 2, WindowRecord(kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1)),
      layer(LayerKind.convolution, 3, WindowRecord(kernelHeight: 1, kernelWidth: 1)),
      layer(LayerKind.head, 4, .none),
    ]
    (layers[2].shortcutKind, layers[2].shortcut) = (ShortcutKind.identity, 1)
    (layers[4].shortcutKind, layers[4].shortcut) = (ShortcutKind.projection, 2)
    layers[4].projection = WindowRecord(kernelHeight: 1, kernelWidth: 1, stride: 2)
    return layers
  }

  /// The parameters of a convolution are all 1, and those of the head all 0. Those of the first layer are enough for 256
  /// channels.
  private static func parameters(_ layer: LayerRecord, isFirst: Bool) -> [Int32] {
    switch layer.kind {
    case LayerKind.convolution:
      let rows = ParameterBlock.rowCount(shortcutKind: layer.shortcutKind)
      return [Int32](repeating: 1, count: (isFirst ? 256 : Int(tensors[Int(layer.output)].channels)) * rows)
    case LayerKind.head: return [Int32](repeating: 0, count: HeadBlock.rowCount * channelsPerBlock)
    default: return []
    }
  }

  /// A parameter of the sixth channel of a convolution's second block.
  subscript(layer: Int, row: Int) -> Int32 {
    get { parameters[layer][word(layer, row)] }
    set { parameters[layer][word(layer, row)] = newValue }
  }

  private func word(_ layer: Int, _ row: Int) -> Int {
    (ParameterBlock.rowCount(shortcutKind: layers[layer].shortcutKind) + row) * channelsPerBlock + 5
  }

  var bytes: [UInt8] {
    let headerSize = MemoryLayout<ModelHeader>.stride
    var header = header
    var bytes = withUnsafeBytes(of: header) { Array($0) }
    func append<T>(_ values: [T]) { values.withUnsafeBytes { bytes += $0 } }
    append(tensors)
    append(layers)
    append(strings)
    for (words, offset) in zip(parameters, parameterOffsets) where offset >= bytes.count {
      bytes += [UInt8](repeating: 0, count: offset - bytes.count)
      append(words)
    }
    bytes += [UInt8](repeating: 0, count: metadataSize + weightCount - bytes.count)

    let end = headerSize...bytes.count ~= Int(header.metadataSize) ? Int(header.metadataSize) : metadataSize
    header.weightsChecksum = checksum(of: bytes[min(end, bytes.count)...])
    header.checksum = 0
    bytes.replaceSubrange(..<headerSize, with: withUnsafeBytes(of: header) { Array($0) })
    header.checksum = checksum(of: bytes[..<end])
    bytes.replaceSubrange(..<headerSize, with: withUnsafeBytes(of: header) { Array($0) })
    return bytes
  }

  private func checksum(of bytes: ArraySlice<UInt8>) -> UInt64 {
    var checksum = Checksum()
    bytes.withUnsafeBytes { checksum.append($0) }
    return checksum.value
  }
}

extension TensorRecord {
  /// Makes the tensor another number of rows high, all of which have room.
  mutating func setHeight(_ height: UInt32) { (self.height, rowsInMemory) = (height, height) }
}

/// Returns why some bytes are refused; nil where they are a model.
func whyRefused(_ bytes: [UInt8]) -> ModelError? {
  do throws(ModelError) {
    try withModel(bytes) { _ in }
    return nil
  } catch { return error }
}

@discardableResult
func withModel<Result>(_ bytes: [UInt8], _ body: (Model) -> Result) throws(ModelError) -> Result {
  // The bytes are in memory of their own, so that a sanitizer sees what is read behind them.
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
  defer { memory.deallocate() }
  memory.copyBytes(from: bytes)
  return body(try Model(validating: memory.baseAddress!, size: bytes.count))
}

extension HandmadeModel {
  mutating func setResize(_ kind: UInt32, _ height: UInt32, _ width: UInt32) {
    (header.resizeKind, header.resizeHeight, header.resizeWidth) = (kind, height, width)
  }

  /// Makes tensor 7, which no layer uses, another one in an arena of 1 GiB.
  mutating func setUnusedTensor(_ height: UInt32, _ width: UInt32, _ channels: UInt32) {
    header.tensorBytes = 1 << 30
    tensors[7] = TensorRecord(
      offset: 0, height: height, width: width, channels: channels, halo: 0, fill: 0, scale: 1)
  }

  /// Makes tensor 6, which layer 0 writes, another one, for other layers to read. The image gets a halo of 4,096 pixels, so
  /// that the windows of layer 0 lie inside it.
  mutating func setReadTensor(_ height: UInt32, _ width: UInt32, _ channels: UInt32) {
    header.tensorBytes = 1 << 30
    tensors[6] = TensorRecord(
      offset: 1 << 20, height: height, width: width, channels: channels, halo: 0, fill: 0, scale: 1)
    (tensors[0].halo, tensors[0].offset) = (1 << 12, 1 << 29)
    layers[0].window.padding = 1 << 12
  }

  /// Lets the shortcut of layer 4, whose output has 3x3 pixels, go through another window, over a tensor of another size
  /// with 16 channels.
  mutating func project(_ height: UInt32, _ width: UInt32, _ window: WindowRecord) {
    setReadTensor(height, width, 16)
    layers[4].shortcut = 6
    layers[4].projection = window
    layers[4].projection.weights = header.metadataSize
    weightCount = max(weightCount, 256 * WindowShape(window, channels: 16).depth)
    header.fileSize = header.metadataSize + UInt32(weightCount)
  }
}
