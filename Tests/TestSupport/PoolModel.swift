import ModelFormat

/// Returns a model that convolves the image to tensor 1, pools that into `fanOut` tensors, and each of these into another: then
/// `fanOut` are alive at once. Each tensor has 64 bytes; between them lies a gap of as many. All weights are 0.
package func poolModel(fanOut: Int) -> [UInt8] {
  let tensorCount = 2 * fanOut + 3
  func tensor(_ index: Int, width: UInt32 = 1, channels: UInt32 = 16) -> TensorRecord {
    TensorRecord(
      offset: UInt32(index * 128), height: 1, width: width, channels: channels, halo: 0, fill: 0, scale: 1)
  }
  let tensors =
    [tensor(0, channels: 3)] + (1...2 * fanOut + 1).map { tensor($0) } + [tensor(tensorCount - 1, width: 3)]
  let window = WindowRecord(kernelHeight: 1, kernelWidth: 1)
  var layers = [LayerRecord(kind: LayerKind.convolution, input: 0, output: 1, window: window)]
  layers += (0..<2 * fanOut).map { index in
    LayerRecord(
      kind: LayerKind.maxPool, input: UInt32(index < fanOut ? 1 : index - fanOut + 2), output: UInt32(index + 2),
      window: window)
  }
  layers.append(
    LayerRecord(
      kind: LayerKind.head, input: UInt32(tensorCount - 2), output: UInt32(tensorCount - 1), window: .none))
  let strings = [UInt8](repeating: 0, count: 1 + layers.count)
  var header = ModelHeader()
  let tables =
    MemoryLayout<ModelHeader>.stride + tensors.count * MemoryLayout<TensorRecord>.stride
    + layers.count * MemoryLayout<LayerRecord>.stride
  let parameters = (tables + strings.count + 63) / 64 * 64
  let parameterBytes = (ParameterBlock.rowCount(shortcutKind: ShortcutKind.none) + HeadBlock.rowCount) * 64
  layers[0].parameters = UInt32(parameters)
  layers[layers.count - 1].parameters = UInt32(parameters + parameterBytes - HeadBlock.rowCount * 64)
  layers[0].window.weights = UInt32(parameters + parameterBytes)
  let weights = [UInt8](repeating: 0, count: 64)
  (header.tensorCount, header.layerCount) = (UInt32(tensors.count), UInt32(layers.count))
  (header.classCount, header.inputChannels) = (16, 3)
  header.tensorBytes = UInt32(tensorCount * 128)
  (header.stringsOffset, header.stringsSize) = (UInt32(tables), UInt32(strings.count))
  header.metadataSize = UInt32(parameters + parameterBytes)
  header.fileSize = header.metadataSize + UInt32(weights.count)
  var metadata: [UInt8] = []
  for tensor in tensors { withUnsafeBytes(of: tensor) { metadata += $0 } }
  for layer in layers { withUnsafeBytes(of: layer) { metadata += $0 } }
  metadata += strings + [UInt8](repeating: 0, count: parameters - tables - strings.count + parameterBytes)
  var checksum = Checksum()
  withUnsafeBytes(of: header) { checksum.append($0) }
  metadata.withUnsafeBytes { checksum.append($0) }
  header.checksum = checksum.value
  return withUnsafeBytes(of: header) { Array($0) } + metadata + weights
}
