import FloatRuntime
import ModelFormat
import Preparation

/// The bytes of an `.rn8` file, which is laid out before its weights are known. Layers are filled in one by one, and `model`
/// can run those that are. At the end the file is checked by the code that will open it.
final class ModelFile {
  /// The file as the kernels see it, in memory of its own. Layers that are not filled in yet have only zeros.
  let model: Model
  private let memory: UnsafeMutableRawBufferPointer

  /// A layer, and the sizes of what it has in the file.
  struct PlannedLayer {
    /// The record, whose offsets are still to be filled in.
    var record: LayerRecord
    let name: String
    /// The number of Int32 parameters; 0 for a layer that has none.
    var parameterCount = 0
    /// The number of packed weights; 0 for a layer that has none.
    var weightCount = 0
    /// The number of packed weights of the projection shortcut; 0 where there is none.
    var projectionWeightCount = 0
  }

  /// What the file has besides its layers.
  struct Description {
    let layout: TensorLayout
    let networkName: String
    /// One label per class, or none at all.
    let labels: [String]
    let classCount: Int
    let multiplyAccumulates: Int
    /// The normalization of images. The file records it for tools; the network does not need it.
    let normalization: Normalization
    /// How pictures become the input.
    let preparation: Preparation

    func header(layerCount: Int) -> ModelHeader {
      var header = ModelHeader()
      header.tensorCount = UInt32(layout.records.count)
      header.layerCount = UInt32(layerCount)
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
  }

  /// Lays the file out.
  ///
  /// - Throws: `QuantizationError` where the file would be too large, or where no numbers could make the checker take it.
  init(_ description: Description, layers: [PlannedLayer]) throws(QuantizationError) {
    var header = description.header(layerCount: layers.count)
    let names = [description.networkName] + layers.map(\.name) + description.labels
    let strings: [UInt8] = names.flatMap { Array($0.utf8) + [0] }
    let tensors = description.layout.records
    let tables =
      MemoryLayout<ModelHeader>.stride + tensors.count * MemoryLayout<TensorRecord>.stride
      + layers.count * MemoryLayout<LayerRecord>.stride
    header.stringsOffset = UInt32(tables)
    header.stringsSize = UInt32(strings.count)
    let parametersOffset = aligned(tables + strings.count)
    let weightsOffset = parametersOffset + layers.reduce(0) { $0 + aligned($1.parameterCount * 4) }
    header.metadataSize = UInt32(clamping: weightsOffset)
    let end = layers.reduce(weightsOffset) { $0 + aligned($1.weightCount) + aligned($1.projectionWeightCount) }
    guard let size = UInt32(exactly: end) else {
      throw QuantizationError(
        "the model would have more than 4 GiB, which an .rn8 file cannot hold; use another checkpoint")
    }
    header.fileSize = size

    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: end, alignment: 64)
    self.memory = memory
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    var writer = BytesWriter(memory: memory)
    writer.append(header)
    for tensor in tensors { writer.append(tensor) }
    var places = (parameters: parametersOffset, weights: weightsOffset)
    for layer in layers {
      var record = layer.record
      func take(_ byteCount: Int, _ place: WritableKeyPath<(parameters: Int, weights: Int), Int>) -> UInt32 {
        guard byteCount > 0 else { return 0 }
        defer { places[keyPath: place] += aligned(byteCount) }
        return UInt32(places[keyPath: place])
      }
      record.parameters = take(layer.parameterCount * 4, \.parameters)
      record.window.weights = take(layer.weightCount, \.weights)
      record.projection.weights = take(layer.projectionWeightCount, \.weights)
      writer.append(record)
    }
    strings.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: memory[tables...]).copyMemory(from: $0) }
    model = try Self.checked(memory, header)
  }

  deinit { memory.deallocate() }

  /// Writes a layer's numbers, as many as were planned.
  func fill(layer index: Int, parameters: [Int32], weights: [Int8] = [], projectionWeights: [Int8] = []) {
    let record = model.layer(index)
    func write(_ values: [some BitwiseCopyable], at offset: UInt32) {
      values.withUnsafeBytes { memory[Int(offset)...].copyBytes(from: $0) }
    }
    write(parameters.map(\.littleEndian), at: record.parameters)
    if !weights.isEmpty { write(weights, at: record.window.weights) }
    if !projectionWeights.isEmpty { write(projectionWeights, at: record.projection.weights) }
  }

  func fill(layer index: Int, _ convolution: QuantizedConvolution) {
    fill(
      layer: index, parameters: convolution.parameterBlocks, weights: convolution.weights.bytes,
      projectionWeights: convolution.projection?.bytes ?? [])
  }

  /// Returns the file's bytes.
  ///
  /// - Parameter layout: where the tensors lie in the arena at last.
  /// - Throws: `QuantizationError` where the checker refuses the file.
  func finished(_ layout: TensorLayout) throws(QuantizationError) -> [UInt8] {
    var header = model.header
    header.tensorBytes = UInt32(layout.byteCount)
    var writer = BytesWriter(memory: memory)
    writer.append(header)
    for tensor in layout.records { writer.append(tensor) }
    _ = try Self.checked(memory, header)
    return Array(memory)
  }

  /// Writes the checksums of a file, and checks it.
  private static func checked(
    _ memory: UnsafeMutableRawBufferPointer, _ header: ModelHeader
  ) throws(QuantizationError) -> Model {
    var header = header
    func checksum(_ bytes: Range<Int>) -> UInt64 {
      var checksum = Checksum()
      checksum.append(UnsafeRawBufferPointer(rebasing: memory[bytes]))
      return checksum.value
    }
    let (metadata, size) = (Int(header.metadataSize), Int(header.fileSize))
    header.weightsChecksum = checksum(metadata..<size)
    header.checksum = 0
    memory.storeBytes(of: header, as: ModelHeader.self)
    header.checksum = checksum(0..<metadata)
    memory.storeBytes(of: header, as: ModelHeader.self)
    do throws(ModelError) {
      let model = try Model(validating: memory.baseAddress!, size: size)
      try model.verifyWeights()
      return model
    } catch {
      throw QuantizationError("this network cannot be made into a model: \(error.sentence); use another checkpoint")
    }
  }
}

/// Appends values to memory, one after the other.
private struct BytesWriter {
  let memory: UnsafeMutableRawBufferPointer
  private var position = 0

  init(memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  mutating func append<Value: BitwiseCopyable>(_ value: Value) {
    memory.baseAddress!.storeBytes(of: value, toByteOffset: position, as: Value.self)
    position += MemoryLayout<Value>.size
  }
}

/// Returns the smallest multiple of 64 that is not below `byteCount`.
private func aligned(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
