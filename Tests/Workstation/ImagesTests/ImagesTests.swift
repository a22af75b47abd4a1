import Foundation
import Images
import Testing

@Suite struct PillowEquality {
  @Test(arguments: Case.load("expected.txt", kind: "decode"))
  func decodes(_ c: Case) throws {
    let image = try Image(jpeg: fixture(c.file), channels: c.channels)
    #expect([image.width, image.height] == c.numbers)
    #expect(crc32(image.pixels) == c.crc32)
  }

  @Test(arguments: Case.load("expected.txt", kind: "resize"))
  func resizes(_ c: Case) throws {
    let image = try Image(jpeg: fixture(c.file), channels: c.channels)
    #expect(crc32(image.resized(width: c.numbers[0], height: c.numbers[1]).pixels) == c.crc32)
  }

  @Test(arguments: Case.load("expected.txt", kind: "crop"))
  func crops(_ c: Case) throws {
    let image = try Image(jpeg: fixture(c.file), channels: c.channels)
    #expect(crc32(image.centerCropped(width: c.numbers[0], height: c.numbers[1]).pixels) == c.crc32)
    let preprocessing = Preprocessing(resize: nil, inputWidth: c.numbers[0], inputHeight: c.numbers[1])
    #expect(crc32(preprocessing(image).pixels) == c.crc32)
  }

  @Test(arguments: Case.load("expected.txt", kind: "preprocess"))
  func preprocesses(_ c: Case) throws {
    let image = try Image(jpeg: fixture(c.file), channels: c.channels)
    try expectPreprocessed(image, c)
  }

  @Test(.enabled(if: photoArchive != nil, "skipped: no data folder"))
  func photos() throws {
    let photos = try untar(try #require(photoArchive))
    let cases = Case.load("photos.txt")
    #expect(cases.count == 100)
    for c in cases {
      let image = try Image(jpegBytes: #require(photos[c.file]), path: c.file, channels: c.channels)
      if c.kind == "decode" {
        #expect([image.width, image.height] == c.numbers)
        #expect(crc32(image.pixels) == c.crc32, "\(c)")
      } else {
        try expectPreprocessed(image, c)
      }
    }
  }

  /// Expects the same bytes from `Preprocessing`, which computes only the pixels of the crop, and from resizing the
  /// whole image before cropping it.
  private func expectPreprocessed(_ image: Image, _ c: Case) throws {
    let (resize, width, height) = (c.numbers[0], c.numbers[1], c.numbers[2])
    let window = Preprocessing(resize: resize, inputWidth: width, inputHeight: height)(image)
    #expect(window.width == width && window.height == height)
    #expect(crc32(window.pixels) == c.crc32, "\(c)")
    #expect(image.resizedShorterSide(to: resize).centerCropped(width: width, height: height) == window, "\(c)")
  }

  @Test func goldenFilesAreThere() {
    #expect(Case.load("expected.txt").count == 94)
  }
}

@Suite struct BadImages {
  private func refusal(_ name: String) -> ImageError? {
    #expect(throws: ImageError.self) { _ = try Image(jpeg: fixture(name), channels: 3) }
  }

  /// Each file has one kind of damage, which would invent pixels.
  @Test(arguments: [
    ("truncated-header.jpg", "Premature end of JPEG file"),
    ("truncated.jpg", "Premature end of JPEG file"),
    ("truncated-progressive.jpg", "Premature end of JPEG file"),
    ("closed.jpg", "Corrupt JPEG data: premature end of data segment"),
    ("closed-progressive.jpg", "a scan is missing"),
    ("closed-arithmetic.jpg", "a scan without data"),
    ("bad-code.jpg", "Corrupt JPEG data: bad Huffman code"),
    ("bad-arithmetic-code.jpg", "Corrupt JPEG data: bad arithmetic code"),
    ("wrong-restart.jpg", "Corrupt JPEG data: found marker 0xd5 instead of RST0"),
  ])
  func damaged(_ name: String, _ reason: String) {
    for channels in [1, 3] {
      #expect(throws: ImageError.truncated(path: fixture(name), reason: reason)) {
        _ = try Image(jpeg: fixture(name), channels: channels)
      }
    }
  }

  @Test(arguments: [("empty.jpg", "Empty input file"), ("png.jpg", "starts with 0x89 0x50"), ("text.jpg", "0x54 0x68")])
  func notJPEG(_ name: String, _ found: String) throws {
    let error = try #require(refusal(name))
    guard case .notJPEG(_, let reason) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(reason.contains(found))
  }

  @Test func everyPrefixIsRefused() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("rgb-420.jpg"))))
    for count in bytes.indices {
      #expect(throws: ImageError.self, "\(count) bytes") {
        _ = try Image(jpegBytes: Array(bytes[..<count]), path: "prefix", channels: 3)
      }
    }
  }

  @Test(arguments: ["rgb-420.jpg", "progressive.jpg", "cmyk.jpg"])
  func flippedBytesNeverCrash(_ name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    var refused = 0
    for i in bytes.indices {
      var damaged = bytes
      damaged[i] ^= 0xFF
      do { _ = try Image(jpegBytes: damaged, path: "damaged", channels: 3) } catch is ImageError { refused += 1 }
    }
    #expect(refused > bytes.count / 20)
  }
}
