import CResNetInt8
import ModelFormat

/// The bytes of an `.rn8` file. Once `init(validating:size:)` has returned, every access below stays inside them.
struct Model {
  let bytes: UnsafeRawPointer
  let header: ModelHeader

  static let tensorsOffset = MemoryLayout<ModelHeader>.stride

  var layersOffset: Int { Self.tensorsOffset + Int(header.tensorCount) * MemoryLayout<TensorRecord>.stride }

  func tensor(_ index: UInt32) -> TensorRecord {
    bytes.loadUnaligned(
      fromByteOffset: Self.tensorsOffset + Int(index) * MemoryLayout<TensorRecord>.stride, as: TensorRecord.self)
  }

  func layer(_ index: Int) -> LayerRecord {
    bytes.loadUnaligned(
      fromByteOffset: layersOffset + index * MemoryLayout<LayerRecord>.stride, as: LayerRecord.self)
  }

  /// The string at a position of the string table; nil past its end.
  func string(_ index: Int) -> UnsafePointer<CChar>? {
    var position = bytes + Int(header.stringsOffset)
    let end = position + Int(header.stringsSize)
    var remaining = index
    while remaining > 0 && position < end {
      if position.load(as: UInt8.self) == 0 { remaining -= 1 }
      position += 1
    }
    return position < end ? position.assumingMemoryBound(to: CChar.self) : nil
  }

  /// The name of a class: labels follow the network's name and the layers' names.
  func label(_ index: UInt32) -> UnsafePointer<CChar>? {
    index < header.classCount ? string(1 + Int(header.layerCount) + Int(index)) : nil
  }
}

/// The status a call returns is thrown as it is. Nobody else owns this C type's conformances: the header is ours.
// swift-format-ignore: AvoidRetroactiveConformances
extension resnet_int8_status: @retroactive Error {}
