import CResNetInt8
import ModelFormat
import ResNetInt8

/// An `.rn8` model opened through the C interface, with an arena of its own. One thread at a time may use it.
public final class Int8Network {
  public let info: resnet_int8_info
  public let arenaByteCount: Int
  private let model: Int8Model
  private let arena: UnsafeMutableRawPointer
  package let network: OpaquePointer

  /// How much memory a network gets.
  public enum ArenaSize: String, CaseIterable, Sendable {
    case smallest, recommended, fastest

    /// The bytes that it is of the model which the library describes so.
    package func byteCount(_ info: resnet_int8_info) -> Int {
      switch self {
      case .smallest: info.smallest_arena
      case .recommended: info.recommended_arena
      case .fastest: info.fastest_arena
      }
    }
  }

  /// Opens a model with the kernels that the library chooses.
  public convenience init(_ model: Int8Model, arena size: ArenaSize = .recommended) {
    self.init(model, size, ofKernels: nil)
  }

  /// Opens a model with the named kernels and an arena of their size; nil leaves the choice to the library. Throws where this
  /// processor or this library does not have them.
  public convenience init(
    _ model: Int8Model, arena size: ArenaSize = .recommended, kernels name: String?
  ) throws(EvaluationError) {
    self.init(model, size, ofKernels: name)
    guard let name else { return }
    let status = resnet_int8_select_kernels(network, name)
    guard status == RESNET_INT8_OK else {
      throw EvaluationError(
        "kernels '\(name)': \(String(cString: resnet_int8_status_string(status))); leave the choice to the library")
    }
  }

  private init(_ model: Int8Model, _ size: ArenaSize, ofKernels name: String?) {
    self.model = model
    info = model.info
    var own = info
    if let name {
      _ = resnet_int8_inspect_kernels(
        model.contents.bytes, model.byteCount, name, &own, MemoryLayout.size(ofValue: own))
    }
    arenaByteCount = size.byteCount(own)
    arena = .allocate(byteCount: arenaByteCount, alignment: Int(info.arena_alignment))
    var network: OpaquePointer?
    let status = resnet_int8_open(
      model.contents.bytes, model.byteCount, arena, arenaByteCount, &network)
    precondition(status == RESNET_INT8_OK, "a model that was checked could not be opened")
    self.network = network!
  }

  deinit { arena.deallocate() }

  /// Returns the logits of one image of `input_height` x `input_width` x `input_channels` bytes (HWC).
  public func run(_ pixels: [UInt8]) -> [Float] {
    precondition(pixels.count == Int(info.input_height * info.input_width * info.input_channels))
    return [Float](unsafeUninitializedCapacity: Int(info.class_count)) { logits, count in
      let status = resnet_int8_run(network, pixels, logits.baseAddress)
      precondition(status == RESNET_INT8_OK)
      count = Int(info.class_count)
    }
  }

  /// The name of the kernels in use.
  public var kernels: String { String(cString: resnet_int8_kernels(network)) }

  /// The sets of kernels in the library, the fastest first, and whether this processor can run them.
  public static var kernelSets: [(name: String, isSupported: Bool)] {
    var sets: [(name: String, isSupported: Bool)] = []
    var isSupported: Int32 = 0
    while let name = resnet_int8_kernel_set(UInt32(sets.count), &isSupported) {
      sets.append((String(cString: name), isSupported != 0))
    }
    return sets
  }
}

/// The reason why an evaluation is not possible, in a sentence for people, with the remedy.
public struct EvaluationError: Error, CustomStringConvertible {
  public let description: String

  package init(_ description: String) { self.description = description }
}
