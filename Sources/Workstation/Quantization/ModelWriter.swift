import FloatRuntime
import ModelFormat
import Preparation

/// Assembles the bytes of an `.rn8` file. It takes layers one by one as they are quantized. At the end it lays
/// everything out, and has the result checked by the code that will open it.
struct ModelWriter {
  private var layers: [PendingLayer] = []
  private var parameters: [UInt8] = []
  private var weights: [UInt8] = []

  /// A record whose offsets are still to be filled in, and the places of its data within their sections.
  private struct PendingLayer {
    var record: LayerRecord
    var parameters: Int?
    var weights: Int?
    var projectionWeights: Int?

    func placed(parametersAt parametersOffset: Int, weightsAt weightsOffset: Int) -> LayerRecord {
      var placed = record
      if let parameters { placed.parameters = UInt32(parametersOffset + parameters) }
      if let weights { placed.window.weights = UInt32(weightsOffset + weights) }
      if let projectionWeights { placed.projection.weights = UInt32(weightsOffset + projectionWeights) }
      return placed
    }
  }

  /// What the file has besides its layers.
  struct Description {
    let layout: TensorLayout
    let networkName: String
    let layerNames: [String]
    /// One label per class, or none at all.
    let labels: [String]
    let classCount: Int
    let multiplyAccumulates: Int
    /// The normalization of images. The file records it for tools; the network does not need it.
    let normalization: Normalization
    /// How pictures become the input.
    let preparation: Preparation

    var header: ModelHeader {
      var header = ModelHeader()
      header.tensorCount = UInt32(layout.records.count)
      header.layerCount = UInt32(layerNames.count)
      header.classCount = UInt32(classCount)
      header.inputChannels = layout.records[0].channels
      header.tensorBytes = UInt32(layout.byteCount)
      header.multiplyAccumulates = UInt64(multiplyAccumulates)
      preparation.store(in: &header)
      let (mean, std) = (normalization.mean + [0, 0, 0], normalization.std + [0, 0, 0])
      header.mean = (mean[0], mean[1], mean[2], mean[3])
      header.std = (std[0], std[1], std[2], std[3])
      return header
    }

    var strings: [UInt8] { ([networkName] + layerNames + labels).flatMap { Array($0.utf8) + [0] } }
  }

  /// Appends a layer. The offsets of `record` are filled in later.
  ///
  /// - Parameters:
  ///   - parameters: `ParameterBlock`s of a convolution, `HeadBlock`s of a head; nil for a layer that has none.
  ///   - weights: packed as the kernels read them; nil for a layer that has none.
  ///   - projectionWeights: those of the layer's projection shortcut; nil where there is none.
  mutating func append(
    _ record: LayerRecord, parameters: [Int32]? = nil, weights: [Int8]? = nil, projectionWeights: [Int8]? = nil
  ) {
    layers.append(
      PendingLayer(
        record: record, parameters: parameters.map { Self.append($0.map(\.littleEndian), to: &self.parameters) },
        weights: weights.map { Self.append($0, to: &self.weights) },
        projectionWeights: projectionWeights.map { Self.append($0, to: &self.weights) }))
  }

  /// Appends values to a section, then zeros up to a multiple of 64.
  ///
  /// - Returns: the offset of the values within the section.
  private static func append(_ values: [some BitwiseCopyable], to section: inout [UInt8]) -> Int {
    let position = section.count
    values.withUnsafeBytes { section.append(contentsOf: $0) }
    section += padding(section.count)
    return position
  }

  /// Returns the file's bytes.
  ///
  /// - Throws: `QuantizationError` where the file would be too large, or where the checker refuses it.
  func bytes(_ description: Description) throws(QuantizationError) -> [UInt8] {
    var header = description.header
    let strings = description.strings
    let headerSize = MemoryLayout<ModelHeader>.stride
    let tensors = description.layout.records
    let tables = tensors.count * MemoryLayout<TensorRecord>.stride + layers.count * MemoryLayout<LayerRecord>.stride
    header.stringsOffset = UInt32(headerSize + tables)
    header.stringsSize = UInt32(strings.count)
    let unpadded = headerSize + tables + strings.count
    let parametersOffset = unpadded + Self.padding(unpadded).count
    let weightsOffset = parametersOffset + parameters.count
    guard let size = UInt32(exactly: weightsOffset + weights.count) else {
      throw QuantizationError(
        "the model would have more than 4 GiB, which an .rn8 file cannot hold; use another checkpoint")
    }
    header.metadataSize = UInt32(weightsOffset)
    header.fileSize = size

    var metadata: [UInt8] = []
    for tensor in tensors { withUnsafeBytes(of: tensor) { metadata.append(contentsOf: $0) } }
    for layer in layers {
      let record = layer.placed(parametersAt: parametersOffset, weightsAt: weightsOffset)
      withUnsafeBytes(of: record) { metadata.append(contentsOf: $0) }
    }
    metadata += strings + Self.padding(unpadded) + parameters

    var checksum = Checksum()
    weights.withUnsafeBytes { checksum.append($0) }
    header.weightsChecksum = checksum.value
    checksum = Checksum()
    withUnsafeBytes(of: header) { checksum.append($0) }
    metadata.withUnsafeBytes { checksum.append($0) }
    header.checksum = checksum.value

    let bytes = withUnsafeBytes(of: header) { Array($0) } + metadata + weights
    do throws(ModelError) {
      try Self.check(bytes)
    } catch {
      throw QuantizationError("this network cannot be made into a model: \(error.sentence); use another checkpoint")
    }
    return bytes
  }

  private static func check(_ bytes: [UInt8]) throws(ModelError) {
    try bytes.withUnsafeBytes { bytes in
      Result { () throws(ModelError) in
        try Model(validating: bytes.baseAddress!, size: bytes.count).verifyWeights()
      }
    }.get()
  }

  /// Returns the zeros that bring `count` bytes to a multiple of 64.
  private static func padding(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: (64 - count % 64) % 64) }
}
