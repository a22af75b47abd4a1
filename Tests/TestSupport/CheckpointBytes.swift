import Foundation

/// Writes checkpoints of the three formats, byte by byte, so that a test can damage any part of them.
package enum CheckpointBytes {
  /// A `.safetensors` file.
  package static func safetensors(_ header: String, _ data: Data = Data()) -> Data {
    littleEndian(UInt64(header.utf8.count)) + Data(header.utf8) + data
  }

  /// A file of the legacy format. `storages` holds each storage's element count and elements, in the order of `keys`.
  package static func legacy(_ object: Data, keys: [Data], storages: Data) -> Data {
    let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]  // 1001.
    return Pickle.of(Data(magic), Data(version), "}.", object, ".](", Data(keys.joined()), "e.", storages)
  }

  /// A zip file of stored entries, as torch.save writes it. Comments, which it does not write, may follow each entry of the
  /// directory and the whole.
  package static func zip(
    _ entries: [(name: String, bytes: Data)], flags: UInt16 = 0, entryComment: String = "", comment: String = ""
  ) -> Data {
    var file = Data()
    var directory = Data()
    for (name, bytes) in entries {
      let size = littleEndian(UInt32(bytes.count))
      let nameLength = littleEndian(UInt16(name.utf8.count))
      let shared = Pickle.of(littleEndian(flags), Data(count: 10), size, size, nameLength)
      directory += littleEndian(UInt32(0x0201_4B50)) + Data(count: 4) + shared + Data(count: 2)
      directory += littleEndian(UInt16(entryComment.utf8.count)) + Data(count: 8)
      directory += littleEndian(UInt32(file.count)) + Data(name.utf8) + Data(entryComment.utf8)
      file += littleEndian(UInt32(0x0403_4B50)) + Data(count: 2) + shared + Data(count: 2)
      file += Data(name.utf8) + bytes
    }
    let count = littleEndian(UInt16(entries.count))
    let place = littleEndian(UInt32(directory.count)) + littleEndian(UInt32(file.count))
    return Pickle.of(
      file, directory, littleEndian(UInt32(0x0605_4B50)), Data(count: 4), count, count, place,
      littleEndian(UInt16(comment.utf8.count)), comment)
  }

  package static func littleEndian(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }
}

/// Pieces of a pickle.
package enum Pickle {
  /// Joins pieces: opcodes as text, one byte each, and what other functions make.
  package static func of(_ pieces: any PicklePiece...) -> Data { Data(pieces.map(\.bytes).joined()) }

  package static func text(_ text: String) -> Data {
    of("X", CheckpointBytes.littleEndian(UInt32(text.utf8.count)), Data(text.utf8))
  }

  package static func int(_ value: Int32) -> Data { of("J", CheckpointBytes.littleEndian(value)) }

  package static func tuple(_ items: Data...) -> Data { of("(", Data(items.joined()), "t") }

  package static func global(_ module: String, _ name: String) -> Data { Data("c\(module)\n\(name)\n".utf8) }

  /// The opcodes as often as they fit.
  package static func repeated(_ opcodes: String, filling byteCount: Int) -> Data {
    let bytes = opcodes.bytes
    return Data((0..<byteCount / bytes.count).map { _ in bytes }.joined())
  }

  /// What a persistent id names a storage of floats by.
  package static func storageID(_ key: String, count: Int32) -> Data {
    tuple(text("storage"), global("torch", "FloatStorage"), text(key), text("cpu"), int(count), Data("N".utf8))
  }

  package static func tensor(key: String = "k", count: Int32 = 1, shape: [Int32], strides: [Int32]) -> Data {
    let tuples = [shape, strides].map { of("(", Data($0.map(int).joined()), "t") }
    return of(
      global("torch._utils", "_rebuild_tensor"), "(", storageID(key, count: count), "Q", int(0), tuples[0], tuples[1],
      "tR")
  }
}

package protocol PicklePiece {
  var bytes: Data { get }
}

extension Data: PicklePiece {
  package var bytes: Data { self }
}

extension String: PicklePiece {
  package var bytes: Data { Data(unicodeScalars.map { UInt8($0.value) }) }
}
