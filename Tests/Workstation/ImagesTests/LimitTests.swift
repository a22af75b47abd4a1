import Foundation
import Images
import Testing

/// What bounds the time and memory that a JPEG may take. Each limit is tried at its last value and at the next.
@Suite struct ImageLimits {
  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
  }

  /// Returns where the segments of a kind begin.
  private func segments(_ marker: UInt8, in bytes: [UInt8]) -> [Int] {
    bytes.indices.dropLast(1).filter { bytes[$0] == 0xFF && bytes[$0 + 1] == marker }
  }

  @Test(arguments: ["rgb-420.jpg", "progressive.jpg", "arithmetic-progressive.jpg"])
  func pixels(_ name: String) throws {
    let image = try Image(jpeg: fixture(name), channels: 3, pixelLimit: 33 * 21)
    #expect(image == (try Image(jpeg: fixture(name), channels: 3)))
    #expect(throws: ImageError.tooLarge(path: fixture(name), found: "33 x 21 pixels", pixelLimit: 33 * 21 - 1)) {
      _ = try Image(jpeg: fixture(name), channels: 3, pixelLimit: 33 * 21 - 1)
    }
  }

  @Test func pixelsByDefault() throws {
    var bomb = try bytes("rgb-420.jpg")
    let frame = try #require(segments(0xC0, in: bomb).first)
    // The height, then the width, in two bytes each.
    bomb.replaceSubrange((frame + 5)..<(frame + 9), with: [0x1F, 0x40, 0x13, 0x89])
    let error = #expect(throws: ImageError.self) { _ = try Image(jpegBytes: bomb, path: "bomb.jpg", channels: 3) }
    #expect(
      error?.description
        == "bomb.jpg: 5001 x 8000 pixels, more than --pixel-limit 40000000 allows; raise it for JPEGs that you trust")
    bomb[frame + 8] = 0x88
    // With 5000 x 8000 pixels it is only its data that are too few.
    #expect(
      throws: ImageError.truncated(
        path: "bomb.jpg", reason: "Corrupt JPEG data: premature end of data segment")
    ) { _ = try Image(jpegBytes: bomb, path: "bomb.jpg", channels: 3) }
  }

  /// Scans of a picture as small as this one count as 100 blocks of 64 samples each. The first is free.
  @Test func scans() throws {
    let whole = try bytes("progressive.jpg")
    let image = try Image(jpegBytes: whole, path: "whole.jpg", channels: 3)
    let (tables, scans) = (segments(0xC4, in: whole), segments(0xDA, in: whole))
    let second = try #require(tables.first { $0 > scans[0] })
    /// Decodes the image with its first scan, and the code tables before it, repeated up to a number of scans.
    func decode(scans count: Int, pixelLimit: Int) throws -> Image {
      let repeated = (scans.count..<count).flatMap { _ in whole[tables[0]..<second] }
      return try Image(
        jpegBytes: whole[..<second] + repeated + whole[second...], path: "scans.jpg", channels: 3,
        pixelLimit: pixelLimit)
    }
    #expect(scans.count == 10)
    #expect(try decode(scans: 106, pixelLimit: 693) == image)
    #expect(throws: ImageError.tooLarge(path: "scans.jpg", found: "scan 107 of 33 x 21 pixels", pixelLimit: 693)) {
      _ = try decode(scans: 107, pixelLimit: 693)
    }
    // 50 samples for each pixel of this limit are 90,000 blocks, and so 900 scans more than the 100 that are always
    // allowed after the first.
    #expect(try decode(scans: 1001, pixelLimit: 115_200) == image)
    #expect(
      throws: ImageError.tooLarge(path: "scans.jpg", found: "scan 1002 of 33 x 21 pixels", pixelLimit: 115_200)
    ) { _ = try decode(scans: 1002, pixelLimit: 115_200) }
  }

  @Test func fileSize() throws {
    let folder = try makeFolder([])
    let path = "\(folder)/sparse.jpg"
    try Data().write(to: URL(fileURLWithPath: path))
    truncate(path, 8_000_001)
    #expect(throws: ImageError.notJPEG(path: path, reason: "Not a JPEG file: starts with 0x00 0x00")) {
      _ = try Image(jpeg: path, channels: 3, pixelLimit: 1)
    }
    truncate(path, 8_000_002)
    #expect(throws: ImageError.tooLarge(path: path, found: "8000002 bytes", pixelLimit: 1)) {
      _ = try Image(jpeg: path, channels: 3, pixelLimit: 1)
    }
    truncate(path, 3 << 30)
    #expect(throws: ImageError.tooLarge(path: path, found: "3221225472 bytes", pixelLimit: 40_000_000)) {
      _ = try Image(jpeg: path, channels: 3)
    }
  }
}
