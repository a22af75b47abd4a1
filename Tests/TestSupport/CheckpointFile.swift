import Foundation

/// Writes checkpoints of the three formats, byte by byte, so that a test can damage any part of them.
package enum CheckpointFile {
  /// A `.safetensors` file.
  package static func safetensors(_ header: String, _ data: Data = Data()) -> Data {
    littleEndian(UInt64(header.utf8.count)) + Data(header.utf8) + data
  }

  /// A file of the legacy format. `storages` holds each storage's element count and elements, in the order of `keys`.
  package static func legacy(_ object: Data, keys: [Data], storages: Data) -> Data {
    let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]  // 1001.
    return Data(magic + version) + Data("}.".utf8) + object + Data(".](".utf8) + keys.reduce(Data(), +)
      + Data("e.".utf8) + storages
  }

  /// A zip file of stored entries, as torch.save writes it.
  package static func zip(_ entries: [(name: String, bytes: Data)], flags: UInt16 = 0) -> Data {
    var file = Data()
    var directory = Data()
    for (name, bytes) in entries {
      let sizes = littleEndian(UInt32(bytes.count)) + littleEndian(UInt32(bytes.count))
      let shared = littleEndian(flags) + Data(count: 10) + sizes + littleEndian(UInt16(name.utf8.count))
      directory += littleEndian(UInt32(0x0201_4B50)) + Data(count: 4) + shared + Data(count: 12)
      directory += littleEndian(UInt32(file.count)) + Data(name.utf8)
      file += littleEndian(UInt32(0x0403_4B50)) + Data(count: 2) + shared + Data(count: 2) + Data(name.utf8) + bytes
    }
    let count = littleEndian(UInt16(entries.count))
    return file + directory + littleEndian(UInt32(0x0605_4B50)) + Data(count: 4) + count + count
      + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(file.count)) + Data(count: 2)
  }

  package static func littleEndian(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }
}

/// Pieces of a pickle.
package enum Pickle {
  package static func text(_ text: String) -> Data {
    Data("X".utf8) + CheckpointFile.littleEndian(UInt32(text.utf8.count)) + Data(text.utf8)
  }

  package static func int(_ value: Int32) -> Data { Data("J".utf8) + CheckpointFile.littleEndian(value) }

  package static func tuple(_ items: Data...) -> Data { Data("(".utf8) + items.reduce(Data(), +) + Data("t".utf8) }

  package static func global(_ module: String, _ name: String) -> Data { Data("c\(module)\n\(name)\n".utf8) }

  /// What a persistent id names a storage of floats by.
  package static func storageID(_ key: String, count: Int32) -> Data {
    tuple(text("storage"), global("torch", "FloatStorage"), text(key), text("cpu"), int(count), Data("N".utf8))
  }

  package static func tensor(key: String = "k", count: Int32 = 1, shape: [Int32], strides: [Int32]) -> Data {
    tensor(storageID(key, count: count), shape: shape, strides: strides)
  }

  package static func tensor(_ storageID: Data, shape: [Int32], strides: [Int32]) -> Data {
    global("torch._utils", "_rebuild_tensor")
      + tuple(storageID + Data("Q".utf8), int(0), tuple(of: shape), tuple(of: strides)) + Data("R".utf8)
  }

  private static func tuple(of values: [Int32]) -> Data {
    Data("(".utf8) + values.map(int).reduce(Data(), +) + Data("t".utf8)
  }
}
