import Foundation
import Images
import TestSupport
import Testing

/// PNGs that are refused. Those that are read are among the cases of `PillowEquality`.
@Suite struct BadPNGs {
  @Test(arguments: [
    ("truncated.png", "chunk IDAT at byte 33: its end is missing"),
    ("without-end.png", "the file ends before the chunk IEND"),
    ("damaged-data.png", "chunk IDAT at byte 33: its CRC is wrong"),
    ("damaged-end.png", "its CRC is wrong"),
    ("damaged-text.png", "chunk tEXt at byte 33: its CRC is wrong"),
    ("too-few-rows.png", "Not enough image data"),
    ("palette-beyond.png", "row 0, column "),
  ])
  func damaged(_ name: String, _ reason: String) throws {
    for channels in [1, 3] {
      let error = try #require(throws: ImageError.self) {
        _ = try Image(contentsOf: fixture(name), channels: channels)
      }
      guard case .truncated(_, let found) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(found.contains(reason), "\(found)")
    }
  }

  @Test(arguments: [
    ("no-data.png", "IEND: out of place"), ("no-palette.png", "IDAT: Missing PLTE before IDAT"),
    ("no-width.png", "Image width is zero in IHDR; Invalid IHDR data"),
    ("wide.png", "Image width exceeds user limit in IHDR; Invalid IHDR data"),
    ("three-bits.png", "Invalid bit depth in IHDR; Invalid IHDR data"),
  ])
  func undecodable(_ name: String, _ reason: String) {
    #expect(throws: ImageError.unsupported(path: fixture(name), reason: reason)) {
      _ = try Image(contentsOf: fixture(name), channels: 3)
    }
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
  }

  @Test(arguments: ["rgb-8-interlaced.png", "palette-4.png", "chunks.png"])
  func everyPrefixAndFlippedByteIsRefused(_ name: String) throws {
    let bytes = try bytes(name)
    for count in bytes.indices {
      #expect(throws: ImageError.self, "\(count) bytes") {
        _ = try Image(pngBytes: Array(bytes[..<count]), path: "prefix", channels: 3)
      }
      var damaged = bytes
      damaged[count] ^= 0x10
      #expect(throws: ImageError.self, "byte \(count)") {
        _ = try Image(pngBytes: damaged, path: "damaged", channels: 3)
      }
    }
  }

  @Test func pixelLimit() throws {
    let path = fixture("rgb-8.png")
    #expect(
      try Image(contentsOf: path, channels: 3, pixelLimit: 13 * 11) == Image(contentsOf: path, channels: 3))
    #expect(throws: ImageError.tooLarge(path: path, found: "13 x 11 pixels", pixelLimit: 142)) {
      _ = try Image(contentsOf: path, channels: 3, pixelLimit: 142)
    }
  }

  @Test func fileSize() throws {
    let path = "\(try makeFolder([]))/sparse.png"
    try Data(try bytes("rgb-8.png")).write(to: URL(fileURLWithPath: path))
    truncate(path, 8_000_004)
    #expect(throws: ImageError.tooLarge(path: path, found: "13 x 11 pixels", pixelLimit: 1)) {
      _ = try Image(contentsOf: path, channels: 3, pixelLimit: 1)
    }
    truncate(path, 8_000_005)
    #expect(throws: ImageError.tooLarge(path: path, found: "8000005 bytes", pixelLimit: 1)) {
      _ = try Image(contentsOf: path, channels: 3, pixelLimit: 1)
    }
  }

  /// Data behind the last row would be decompressed for nothing, a thousandfold at worst.
  @Test(arguments: [(1, true), (2, false)])
  func dataBehindTheLastRow(_ blocks: Int, _ isRead: Bool) throws {
    func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
      let content = Array(type.utf8) + data
      return word(data.count) + content + word(Int(crc32(content)))
    }
    // Stored blocks of zlib: the one row of one grey pixel, then more of zeros.
    let row: [UInt8] = [0x78, 0x01, 0, 2, 0, 0xFD, 0xFF, 0, 77]
    let zeros = [0, 0, 0xC0, 0xFF, 0x3F] + [UInt8](repeating: 0, count: 0xC000)
    let rest = (0..<blocks).flatMap { _ in zeros }
    let png =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", word(1) + word(1) + [8, 0, 0, 0, 0])
      + chunk("IDAT", row + rest + [1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0]) + chunk("IEND", [])
    if isRead {
      #expect(try Image(pngBytes: png, path: "png", channels: 1).pixels == [77])
    } else {
      #expect(throws: ImageError.truncated(path: "png", reason: "more data than its pixels have")) {
        _ = try Image(pngBytes: png, path: "png", channels: 1)
      }
    }
  }
}

@Suite struct PNGEncoding {
  @Test(arguments: [(1, 1, 1), (1, 1, 3), (7, 5, 1), (64, 33, 3), (300, 200, 3)])
  func aPNGIsReadBack(width: Int, height: Int, channels: Int) throws {
    var random = SeededGenerator(state: 1)
    let image = Image(
      width: width, height: height, channels: channels, pixels: random.bytes(width * height * channels))
    #expect(try Image(pngBytes: image.png, path: "own.png", channels: channels) == image)
  }
}
