import CResNetInt8
import FloatRuntime
import Images
import ModelFormat
import Platform
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
  nonisolated(unsafe) let contents: Model
  private nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

  /// Copies and checks the bytes of an `.rn8` file.
  ///
  /// - Parameter path: the file's name, for messages.
  public init(_ bytes: [UInt8], path: String) throws(Int8ModelError) {
    // The alignment is one that a mapped file has too. At least one byte is allocated, so that there is an address.
    memory = .allocate(byteCount: max(bytes.count, 1), alignment: 64)
    memory.copyBytes(from: bytes)
    do throws(ModelError) {
      contents = try Model(validating: memory.baseAddress!, size: bytes.count)
      try contents.verifyWeights()
    } catch {
      memory.deallocate()
      throw Int8ModelError(path: path, reason: error)
    }
    var info = resnet_int8_info()
    let status = resnet_int8_inspect(memory.baseAddress, bytes.count, &info, MemoryLayout<resnet_int8_info>.size)
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

  public convenience init(contentsOf path: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw EvaluationError("\(path): cannot be read: \(reason(of: error)); give a file made by resnet-quantize")
    }
    try self.init([UInt8](data), path: path)
  }

  public var header: ModelHeader { contents.header }
  public var byteCount: Int { Int(header.fileSize) }
  public var tensors: [TensorRecord] { (0..<header.tensorCount).map(contents.tensor) }
  public var layers: [LayerRecord] { (0..<Int(header.layerCount)).map(contents.layer) }

  /// How an image is made into the model's input.
  public var preprocessing: Preprocessing {
    let image = contents.tensor(0)
    return Preprocessing(
      resize: header.resize == 0 ? nil : Int(header.resize), inputWidth: Int(image.width),
      inputHeight: Int(image.height))
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
