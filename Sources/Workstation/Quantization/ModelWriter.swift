import CResNetInt8
import ModelFormat
import ResNetInt8

/// Assembles the bytes of an `.rn8` file: parameters and weights are appended as layers are quantized, then everything
/// is laid out and checked by the very code that will open it.
struct ModelFile {
  private var parameters: [UInt8] = []
  private var weights: [UInt8] = []
  private var layers: [LayerRecord] = []
  private let normalization: Normalization
  private let resize: Int

  /// How images are prepared, for the record.
  init(normalization: Normalization, resize: Int) {
    self.normalization = normalization
    self.resize = resize
  }

  /// Positions within the section; `bytes` turns them into offsets of the file.
  mutating func append(parameters values: some Sequence<Int32>) -> UInt32 {
    let position = UInt32(parameters.count)
    for value in values { withUnsafeBytes(of: value.littleEndian) { parameters.append(contentsOf: $0) } }
    pad(&parameters)
    return position
  }

  mutating func append(weights values: [Int8]) -> UInt32 {
    let position = UInt32(weights.count)
    values.withUnsafeBytes { weights.append(contentsOf: $0) }
    pad(&weights)
    return position
  }

  mutating func append(_ layer: LayerRecord) { layers.append(layer) }

  /// - Parameter strings: the network's name, the layers' names and the labels.
  func bytes(
    layout: TensorLayout, strings: [String], classCount: Int, multiplyAccumulates: Int
  ) throws -> [UInt8] {
    var header = ModelHeader()
    header.tensorCount = UInt32(layout.records.count)
    header.layerCount = UInt32(layers.count)
    header.classCount = UInt32(classCount)
    header.inputChannels = layout.records[0].channels
    header.tensorBytes = UInt32(layout.byteCount)
    header.multiplyAccumulates = UInt64(multiplyAccumulates)
    header.resize = UInt32(resize)
    let (mean, std) = (normalization.mean + [0, 0, 0], normalization.std + [0, 0, 0])
    header.mean = (mean[0], mean[1], mean[2], mean[3])
    header.std = (std[0], std[1], std[2], std[3])
    var text: [UInt8] = []
    for string in strings { text += Array(string.utf8) + [0] }

    let headerSize = MemoryLayout<ModelHeader>.stride
    let tables =
      layout.records.count * MemoryLayout<TensorRecord>.stride + layers.count * MemoryLayout<LayerRecord>.stride
    header.stringsOffset = UInt32(headerSize + tables)
    header.stringsSize = UInt32(text.count)
    let parametersOffset = (headerSize + tables + text.count + 63) / 64 * 64
    header.metadataSize = UInt32(parametersOffset + parameters.count)
    guard let size = UInt32(exactly: Int(header.metadataSize) + weights.count) else {
      throw QuantizationError("the model would have more than 4 GiB, which an .rn8 file cannot hold")
    }
    header.fileSize = size

    var metadata: [UInt8] = []
    for record in layout.records { withUnsafeBytes(of: record) { metadata.append(contentsOf: $0) } }
    for var layer in layers {
      layer.parameters += layer.kind == LayerKind.maxPool ? 0 : UInt32(parametersOffset)
      let hasWeights = layer.kind == LayerKind.convolution || layer.window.kernelHeight != 0
      if hasWeights && layer.kind != LayerKind.maxPool { layer.window.weights += header.metadataSize }
      if layer.shortcutKind == ShortcutKind.projection { layer.projection.weights += header.metadataSize }
      withUnsafeBytes(of: layer) { metadata.append(contentsOf: $0) }
    }
    metadata += text
    pad(&metadata, past: headerSize)
    metadata += parameters

    var checksum = Checksum()
    weights.withUnsafeBytes { checksum.append($0) }
    header.weightsChecksum = checksum.value
    checksum = Checksum()
    withUnsafeBytes(of: header) { checksum.append($0) }
    metadata.withUnsafeBytes { checksum.append($0) }
    header.checksum = checksum.value

    let bytes = withUnsafeBytes(of: header) { Array($0) } + metadata + weights
    let status = resnet_int8_verify(bytes, bytes.count)
    guard status == RESNET_INT8_OK else {
      throw QuantizationError(
        "this network cannot be made into a model: \(String(cString: resnet_int8_status_string(status)))")
    }
    return bytes
  }

  private func pad(_ bytes: inout [UInt8], past start: Int = 0) {
    bytes += [UInt8](repeating: 0, count: (64 - (start + bytes.count) % 64) % 64)
  }
}
