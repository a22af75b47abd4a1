/// The headers and tensors of earlier versions of the format. Version 1 has the fields of the current version up to `std`, and
/// `resizeHeight` is the shorter side of pictures that were resized; where it is 0, how they were is not known.
/// Tensors of versions 1 and 2 have the fields of the current version up to `scale`, and no remainders; those of version 3
/// have `remainders` too. None is streamed.
extension ModelHeader {
  static let byteCountOfVersion1 = 104

  static func byteCount(ofVersion version: UInt32) -> Int {
    version <= 1 ? byteCountOfVersion1 : MemoryLayout<ModelHeader>.size
  }

  /// The bytes that the header takes in its file. Tensors follow it.
  public var byteCount: Int { Self.byteCount(ofVersion: version) }

  /// Reads the header of a file that has at least as many bytes as the header of its version.
  init(_ bytes: UnsafeRawPointer, version: UInt32) {
    guard version <= 1 else {
      self = bytes.loadUnaligned(as: ModelHeader.self)
      return
    }
    self.init()
    withUnsafeMutableBytes(of: &self) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: Self.byteCountOfVersion1))
    }
    if resizeHeight > 0 { resizeKind = ResizeKind.shorterSide.rawValue }
  }
}

extension TensorRecord {
  static func byteCount(ofVersion version: UInt32) -> Int {
    switch version {
    case ...2: 28
    case 3: 32
    default: MemoryLayout<TensorRecord>.size
    }
  }

  /// Reads a record of a file's version.
  init(_ bytes: UnsafeRawPointer, version: UInt32) {
    self.init(offset: 0, height: 0, width: 0, channels: 0, halo: 0, fill: 0, scale: 0)
    let byteCount = Self.byteCount(ofVersion: version)
    withUnsafeMutableBytes(of: &self) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: byteCount))
    }
    if version <= 3 { rowsInMemory = height }
  }
}
