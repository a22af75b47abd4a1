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
    let image = try Image(contentsOf: fixture(name), channels: 3, pixelLimit: 33 * 21)
    #expect(image == (try Image(contentsOf: fixture(name), channels: 3)))
    #expect(throws: ImageError.tooLarge(path: fixture(name), found: "33 x 21 pixels", pixelLimit: 33 * 21 - 1)) {
      _ = try Image(contentsOf: fixture(name), channels: 3, pixelLimit: 33 * 21 - 1)
    }
  }

  @Test(arguments: ["rgb-420.jpg", "grey-16.png"])
  func sizeAlone(_ name: String) throws {
    let image = try Image(contentsOf: fixture(name), channels: 3)
    let count = image.width * image.height
    #expect(try Image.size(ofFile: fixture(name), pixelLimit: count) == (image.height, image.width))
    #expect(throws: ImageError.self) { try Image.size(ofFile: fixture(name), pixelLimit: count - 1) }
  }

  @Test func pixelsByDefault() throws {
    var bomb = try bytes("rgb-420.jpg")
    let frame = try #require(segments(0xC0, in: bomb).first)
    // The height, then the width, in two bytes each.
    bomb.replaceSubrange((frame + 5)..<(frame + 9), with: [0x1F, 0x40, 0x13, 0x89])
    let error = #expect(throws: ImageError.self) { _ = try Image(jpegBytes: bomb, path: "bomb.jpg", channels: 3) }
    #expect(
      error?.description
        == "bomb.jpg: 5001 x 8000 pixels, more than --pixel-limit 40000000 allows; raise it for pictures that you trust"
    )
    bomb[frame + 8] = 0x88
    // With 5000 x 8000 pixels it is only its data that are too few.
    #expect(
      throws: ImageError.truncated(
        path: "bomb.jpg", reason: "Corrupt JPEG data: premature end of data segment")
    ) { _ = try Image(jpegBytes: bomb, path: "bomb.jpg", channels: 3) }
  }

  /// A scan of a picture as small as this one counts as 100 blocks of 64 samples, where arithmetic coding does not make
  /// more of it: 8 x 27 blocks of the first scan. The first itself is free.
  @Test(arguments: [
    ("progressive.jpg", 693, 106),
    // 50 samples for each pixel of this limit are 90,000 blocks, and so 900 scans more than the 100 that are always
    // allowed after the first.
    ("progressive.jpg", 115_200, 1001),
    // Its other scans count as 4 x 120 of luma, 216 of all refined means, and 4 x 100 of chroma.
    ("arithmetic-progressive.jpg", 693, 53),
  ])
  func scans(_ name: String, _ pixelLimit: Int, _ allowed: Int) throws {
    let whole = try bytes(name)
    let scans = segments(0xDA, in: whole)
    #expect(scans.count == 10)
    let next = (segments(0xC4, in: whole) + segments(0xCC, in: whole) + scans).filter { $0 > scans[0] }.min()!
    /// Decodes the image with its first scan repeated, up to a number of scans.
    func decode(_ count: Int) throws -> Image {
      let repeated = (scans.count..<count).flatMap { _ in whole[scans[0]..<next] }
      return try Image(
        jpegBytes: whole[..<next] + repeated + whole[next...], path: "scans.jpg", channels: 3, pixelLimit: pixelLimit)
    }
    #expect(try decode(allowed) == Image(jpegBytes: whole, path: name, channels: 3))
    let found = "scan \(allowed + 1) of 33 x 21 pixels"
    #expect(throws: ImageError.tooLarge(path: "scans.jpg", found: found, pixelLimit: pixelLimit)) {
      _ = try decode(allowed + 1)
    }
  }

  @Test func fileSize() throws {
    let folder = try makeFolder([])
    let path = "\(folder)/sparse.jpg"
    try Data([0xFF, 0xD8]).write(to: URL(fileURLWithPath: path))
    truncate(path, 8_000_001)
    #expect(throws: ImageError.truncated(path: path, reason: "Premature end of JPEG file")) {
      _ = try Image(contentsOf: path, channels: 3, pixelLimit: 1)
    }
    truncate(path, 8_000_002)
    #expect(throws: ImageError.tooLarge(path: path, found: "8000002 bytes", pixelLimit: 1)) {
      _ = try Image(contentsOf: path, channels: 3, pixelLimit: 1)
    }
    truncate(path, 3 << 30)
    #expect(throws: ImageError.tooLarge(path: path, found: "3221225472 bytes", pixelLimit: 40_000_000)) {
      _ = try Image(contentsOf: path, channels: 3)
    }
  }
}
