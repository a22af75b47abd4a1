import Foundation
import Images
import TestSupport

/// A line of expected.txt or photos.txt, which Tools/scripts/make_image_fixtures.py writes. It has the CRC-32 of the
/// bytes that Pillow and torchvision make.
struct Case: Sendable, CustomStringConvertible {
  let kind: String
  let file: String
  let channels: Int
  /// The width and the height. Before them stands the shorter side's length where the kind is `preprocess`.
  let numbers: [Int]
  let crc32: UInt32
  let description: String

  static func load(_ name: String, kind: String? = nil) -> [Case] {
    let text = (try? String(contentsOfFile: fixture(name), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return Case(
        kind: words[0], file: words[1], channels: Int(words[2])!,
        numbers: words[3..<(words.count - 1)].map { Int($0)! },
        crc32: UInt32(words.last!, radix: 16)!, description: words.dropLast().joined(separator: " "))
    }.filter { kind == nil || $0.kind == kind }
  }
}

func fixture(_ name: String) -> String { fixtures.appending(path: "images/\(name)").path }

/// The archive of the photos, which are not in the repository.
let photoArchive: String? =
  dataFolder
  .map { $0.appending(path: "imagenet-photos-jpeg.tar").path }
  .flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }

/// Returns the files of an uncompressed tar archive by name. A header has 512 bytes, with the size in octal at byte
/// 124, and contents are padded to 512 bytes.
func untar(_ path: String) throws -> [String: [UInt8]] {
  let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  func text(_ start: Int, _ count: Int) -> String {
    String(decoding: bytes[start..<(start + count)].prefix { $0 != 0 && $0 != 0x20 }, as: UTF8.self)
  }
  var files: [String: [UInt8]] = [:]
  var header = 0
  while header + 512 <= bytes.count, let size = Int(text(header + 124, 12), radix: 8) {
    files[text(header, 100)] = Array(bytes[(header + 512)..<(header + 512 + size)])
    header += 512 + (size + 511) / 512 * 512
  }
  return files
}

/// Returns the CRC-32 that zlib computes.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0 as UInt32) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1) &* 0xEDB8_8320 }
  }
}

/// Makes a folder of empty files, for tests that only list it.
func makeFolder(_ files: [String], folders: [String] = []) throws -> String {
  let root = FileManager.default.temporaryDirectory.appendingPathComponent("images-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  for name in folders {
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent(name), withIntermediateDirectories: true)
  }
  for name in files {
    let file = root.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: file)
  }
  return root.path
}
