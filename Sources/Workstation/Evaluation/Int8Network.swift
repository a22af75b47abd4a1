import CResNetInt8
import Foundation
import Images
import ModelFormat
import ResNetInt8

/// An `.rn8` model opened through the C interface, with an arena of its own: for one thread at a time.
public final class Int8Network {
  public let info: resnet_int8_info
  private let model: Int8Model
  private let arena: UnsafeMutableRawPointer
  package let network: OpaquePointer

  public init(_ model: Int8Model) {
    self.model = model
    info = model.info
    arena = .allocate(byteCount: info.arena_size, alignment: info.arena_alignment)
    var network: OpaquePointer?
    let status = resnet_int8_open(model.bytes.baseAddress, model.bytes.count, arena, info.arena_size, &network)
    precondition(status == RESNET_INT8_OK, "a model that was inspected could not be opened")
    self.network = network!
  }

  deinit { arena.deallocate() }

  /// The logits of one image of `input_height` x `input_width` x `input_channels` bytes.
  public func run(_ pixels: [UInt8]) -> [Float] {
    precondition(pixels.count == Int(info.input_height * info.input_width * info.input_channels))
    return [Float](unsafeUninitializedCapacity: Int(info.class_count)) { logits, count in
      let status = resnet_int8_run(network, pixels, logits.baseAddress)
      precondition(status == RESNET_INT8_OK)
      count = Int(info.class_count)
    }
  }

  public var kernels: String { String(cString: resnet_int8_kernels(network)) }

  public func select(kernels name: String) throws(Int8ModelError) {
    let status = resnet_int8_select_kernels(network, name)
    guard status == RESNET_INT8_OK else { throw Int8ModelError(path: "kernels '\(name)'", status: status) }
  }
}

/// The bytes of an `.rn8` model, checked whole.
public final class Int8Model: Sendable {
  public let path: String
  public let info: resnet_int8_info
  public let header: ModelHeader
  /// The network's name, the layers' names and, where there are any, the labels.
  public let strings: [String]
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// - Parameter path: for messages.
  public init(_ contents: [UInt8], path: String) throws(Int8ModelError) {
    var info = resnet_int8_info()
    var status = resnet_int8_verify(contents, contents.count)
    if status == RESNET_INT8_OK { status = resnet_int8_inspect(contents, contents.count, &info) }
    guard status == RESNET_INT8_OK else { throw Int8ModelError(path: path, status: status) }
    self.path = path
    self.info = info
    // Aligned as a mapped file is.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 64)
    memory.copyBytes(from: contents)
    bytes = UnsafeRawBufferPointer(memory)
    header = bytes.load(as: ModelHeader.self)
    let text = bytes[Int(header.stringsOffset)..<Int(header.stringsOffset + header.stringsSize)]
    strings = text.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  deinit { bytes.deallocate() }

  public convenience init(contentsOf path: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      let reason = ((error as? CocoaError)?.underlying as? POSIXError)?.code ?? .EIO
      throw QuantizationError(
        "\(path): cannot be read: \(String(cString: strerror(reason.rawValue))); give a file made by resnet-quantize")
    }
    try self.init([UInt8](data), path: path)
  }

  public var name: String { strings[0] }
  public var layerNames: ArraySlice<String> { strings[1...Int(header.layerCount)] }
  public var labels: ArraySlice<String> { strings[(1 + Int(header.layerCount))...] }

  /// How images are prepared for it.
  public var preprocessing: Preprocessing {
    Preprocessing(
      resize: header.resize == 0 ? nil : Int(header.resize), inputWidth: Int(info.input_width),
      inputHeight: Int(info.input_height))
  }

  public var normalization: Normalization {
    let (mean, std) = (header.mean, header.std)
    let channels = Int(info.input_channels)
    return Normalization(
      mean: Array([mean.0, mean.1, mean.2, mean.3].prefix(channels)),
      std: Array([std.0, std.1, std.2, std.3].prefix(channels)))
  }

  public var layers: [LayerRecord] {
    let start = MemoryLayout<ModelHeader>.stride + Int(header.tensorCount) * MemoryLayout<TensorRecord>.stride
    return (0..<Int(header.layerCount)).map {
      bytes.loadUnaligned(fromByteOffset: start + $0 * MemoryLayout<LayerRecord>.stride, as: LayerRecord.self)
    }
  }

  public var tensors: [TensorRecord] {
    (0..<Int(header.tensorCount)).map {
      bytes.loadUnaligned(
        fromByteOffset: MemoryLayout<ModelHeader>.stride + $0 * MemoryLayout<TensorRecord>.stride,
        as: TensorRecord.self)
    }
  }
}

/// Why a model was refused.
public struct Int8ModelError: Error, CustomStringConvertible {
  public let path: String
  public let status: resnet_int8_status

  public var description: String {
    let remedy =
      switch status {
      case RESNET_INT8_LATER_VERSION: "; update resnet-int8"
      case RESNET_INT8_TRUNCATED, RESNET_INT8_CORRUPT: "; copy it again, or make it again with resnet-quantize"
      case RESNET_INT8_NOT_A_MODEL: "; give a file made by resnet-quantize"
      case RESNET_INT8_UNKNOWN_KERNELS, RESNET_INT8_UNSUPPORTED_KERNELS: "; leave the choice to the library"
      default: ""
      }
    return "\(path): \(String(cString: resnet_int8_status_string(status)))\(remedy)"
  }
}
