import CResNetInt8
import FloatRuntime
import Images
import ModelFormat
import Platform
import Preparation
import ResNetInt8

/// An `.rn8` model in memory. All its bytes have been checked, weights included.
public final class Int8Model: Sendable {
  /// The path it was read from, for messages.
  public let path: String
  public let name: String
  public let layerNames: [String]
  /// One label per class, or none at all.
  public let labels: [String]
  /// What the library reports about the model.
  public let info: resnet_int8_info
  /// The model as the format's reader sees it, in memory that this object owns.
  package nonisolated(unsafe) let contents: Model
  private nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

  /// Copies and checks the bytes of an `.rn8` file.
  ///
  /// - Parameter path: the file's name, for messages.
  public convenience init(_ bytes: [UInt8], path: String) throws(Int8ModelError) {
    let memory = Self.allocate(byteCount: bytes.count)
    memory.copyBytes(from: bytes)
    try self.init(owning: memory, path: path)
  }

  public convenience init(contentsOf path: String) throws {
    let memory: UnsafeMutableRawBufferPointer
    do {
      let file = try RegularFile(path)
      // A large file that is no model is refused by its first bytes.
      var magic = ModelHeader.magic
      if file.byteCount >= MemoryLayout.size(ofValue: magic) {
        try withUnsafeMutableBytes(of: &magic) { bytes throws(FileError) in try file.read(into: bytes) }
      }
      guard magic == ModelHeader.magic else { throw Int8ModelError(path: path, reason: .notAModel) }
      memory = Self.allocate(byteCount: min(file.byteCount, Int(UInt32.max)))
      do {
        try file.read(into: memory)
      } catch {
        memory.deallocate()
        throw error
      }
    } catch let error as FileError {
      throw EvaluationError("\(path): cannot be read: \(error); give a file made by resnet-quantize")
    }
    try self.init(owning: memory, path: path)
  }

  /// Returns memory with the alignment that a mapped file has too.
  private static func allocate(byteCount: Int) -> UnsafeMutableRawBufferPointer {
    // At least one byte is allocated, so that there is an address.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
  }

  private init(owning memory: UnsafeMutableRawBufferPointer, path: String) throws(Int8ModelError) {
    self.memory = memory
    do throws(ModelError) {
      contents = try Model(validating: memory.baseAddress!, size: memory.count)
      try contents.verifyWeights()
    } catch {
      memory.deallocate()
      throw Int8ModelError(path: path, reason: error)
    }
    var info = resnet_int8_info()
    let status = resnet_int8_inspect(memory.baseAddress, memory.count, &info, MemoryLayout<resnet_int8_info>.size)
    precondition(status == RESNET_INT8_OK, "the library refuses what the format's reader took")
    self.info = info
    let strings = contents.strings.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
    let layerCount = Int(contents.header.layerCount)
    self.path = path
    name = strings[0]
    layerNames = Array(strings[1...layerCount])
    labels = Array(strings[(1 + layerCount)...])
  }

  deinit { memory.deallocate() }

  public var header: ModelHeader { contents.header }
  public var byteCount: Int { Int(header.fileSize) }
  public var tensors: [TensorRecord] { (0..<header.tensorCount).map(contents.tensor) }
  public var layers: [LayerRecord] { (0..<Int(header.layerCount)).map(contents.layer) }

  /// The channels of the pictures that the model takes: 3 for RGB, 1 for grey.
  public var pictureChannels: Int {
    get throws(EvaluationError) {
      guard header.inputChannels == 1 || header.inputChannels == 3 else {
        throw EvaluationError(
          "\(path): takes images of \(header.inputChannels) channels, and pictures are read as 1 (grey) or 3 (RGB); run the "
            + "model from C, on pixels of your own")
      }
      return Int(header.inputChannels)
    }
  }

  /// How a picture becomes the model's input.
  public var preparation: Preparation {
    get throws(EvaluationError) {
      guard let preparation = Preparation(contents) else {
        throw EvaluationError(
          "\(path): was made for images with a shorter side of \(header.resizeHeight) pixels, and at most "
            + "\(Preparation.sides.upperBound) are possible; make it again with resnet-quantize")
      }
      return preparation
    }
  }

  public var normalization: Normalization {
    let (mean, std) = (header.mean, header.std)
    let channels = Int(header.inputChannels)
    return Normalization(
      mean: Array([mean.0, mean.1, mean.2, mean.3].prefix(channels)),
      std: Array([std.0, std.1, std.2, std.3].prefix(channels)))
  }
}

/// The reason why a file is not a model that can be used.
public struct Int8ModelError: Error, CustomStringConvertible {
  public let path: String
  public let reason: ModelError

  public var description: String {
    let remedy =
      switch reason {
      case .laterVersion: "; update resnet-int8"
      case .truncated, .corrupt: "; copy it again, or make it again with resnet-quantize"
      case .notAModel: "; give a file made by resnet-quantize"
      case .invalid, .accumulatorOverflow: ""
      }
    return "\(path): \(reason.sentence)\(remedy)"
  }
}
