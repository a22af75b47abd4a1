/// A model whose bytes have been checked. This is the only reader of `.rn8` files, on the target and on the
/// workstation.
///
/// After `init(validating:size:)` has returned, every access below stays inside the bytes. They must stay in place
/// and unchanged while the value is used.
public struct Model {
  /// The first byte of the file. It may have any alignment.
  public let bytes: UnsafeRawPointer
  /// The header. That of an earlier version has the fields of the current one.
  public let header: ModelHeader

  /// Returns the record of a tensor.
  ///
  /// - Parameter index: 0 ..< `header.tensorCount`.
  public func tensor(_ index: UInt32) -> TensorRecord {
    let stride = TensorRecord.byteCount(ofVersion: header.version)
    return TensorRecord(bytes + header.byteCount + Int(index) * stride, version: header.version)
  }

  /// The bytes of the file before the records of the layers: the header and the records of the tensors.
  private var layersOffset: Int {
    header.byteCount + Int(header.tensorCount) * TensorRecord.byteCount(ofVersion: header.version)
  }

  /// Returns the record of a layer.
  ///
  /// - Parameter index: 0 ..< `header.layerCount`, in the order in which the layers run.
  public func layer(_ index: Int) -> LayerRecord {
    bytes.loadUnaligned(
      fromByteOffset: layersOffset + index * MemoryLayout<LayerRecord>.stride, as: LayerRecord.self)
  }

  /// The strings of the model, in NUL-terminated UTF-8: the network's name, a name for each layer, then either no
  /// labels or `header.classCount` of them.
  public var strings: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes + Int(header.stringsOffset), count: Int(header.stringsSize))
  }

  /// Returns the name of a class, NUL-terminated UTF-8 inside the model's bytes. Returns nil where the model has no
  /// labels or no such class.
  public func label(_ index: UInt32) -> UnsafePointer<CChar>? {
    index < header.classCount ? string(1 + Int(header.layerCount) + Int(index)) : nil
  }

  /// Returns the string number `index` of `strings`, from 0 on; nil past the last one.
  private func string(_ index: Int) -> UnsafePointer<CChar>? {
    let strings = strings
    var position = 0
    var remaining = index
    while remaining > 0 && position < strings.count {
      if strings[position] == 0 { remaining -= 1 }
      position += 1
    }
    return position < strings.count ? (strings.baseAddress! + position).assumingMemoryBound(to: CChar.self) : nil
  }
}

/// The reason why some bytes are not a model.
///
/// The raw values mean nothing. A plain enumeration would have a hash function, whose seed is a random number of the
/// operating system; with raw values Embedded Swift needs neither.
public enum ModelError: UInt8, Error {
  /// There are fewer bytes than the model says it has.
  case truncated
  /// The bytes do not begin as an `.rn8` file does.
  case notAModel
  /// The model was written for a later version of the format.
  case laterVersion
  /// A checksum does not match: the bytes were damaged.
  case corrupt
  /// The checksum matches, yet the contents contradict themselves.
  case invalid
  /// A layer's 32-bit sums could overflow.
  case accumulatorOverflow

  public var sentence: StaticString {
    switch self {
    case .truncated: "the model is cut short: fewer bytes than it says it has"
    case .notAModel: "not an .rn8 model"
    case .laterVersion: "the model was written for a later version of this library"
    case .corrupt: "the model is damaged: a checksum does not match"
    case .invalid: "the model contradicts itself"
    case .accumulatorOverflow: "a layer of the model could overflow its 32-bit sums"
    }
  }
}
