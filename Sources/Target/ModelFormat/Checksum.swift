/// A 64-bit FNV-1a hash over little-endian 64-bit words in place of bytes, with a fold after each word.
///
/// The fold is there because a product carries bits only upwards: without it, flips of the top bit in two words would
/// cancel. Every step is a bijection of the state, so that a change within one word always changes the result. A last
/// word that is cut short is filled with zeros.
public struct Checksum {
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  /// The checksum of a file's metadata. Their checksum field, in the third word, counts as 0.
  public init(ofMetadata metadata: UnsafeRawBufferPointer) {
    append(UnsafeRawBufferPointer(rebasing: metadata[..<16]))
    append(0)
    append(UnsafeRawBufferPointer(rebasing: metadata[24...]))
  }

  public mutating func append(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01b3
    value ^= value >> 32
  }

  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let whole = bytes.count / 8 * 8
    var offset = 0
    while offset < whole {
      append(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    if offset < bytes.count {
      var word: UInt64 = 0
      var place: UInt64 = 0
      while offset < bytes.count {
        word |= UInt64(bytes[offset]) << place
        place += 8
        offset += 1
      }
      append(word)
    }
  }
}
