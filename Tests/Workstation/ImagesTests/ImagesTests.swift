import Foundation
import Images
import Preparation
import Testing

@Suite struct PillowEquality {
  @Test(arguments: Case.load("expected.txt", kind: "decode"))
  func decodes(_ c: Case) throws {
    let image = try Image(contentsOf: fixture(c.file), channels: c.channels)
    #expect([image.width, image.height] == c.numbers)
    #expect(crc32(image.pixels) == c.crc32)
  }

  @Test(arguments: Case.load("expected.txt", kind: "resize"))
  func resizes(_ c: Case) throws {
    let image = try Image(contentsOf: fixture(c.file), channels: c.channels)
    #expect(crc32(resized(image, to: c.numbers[0], c.numbers[1]).pixels) == c.crc32)
  }

  @Test(arguments: Case.load("expected.txt", kind: "crop"))
  func crops(_ c: Case) throws {
    let image = try Image(contentsOf: fixture(c.file), channels: c.channels)
    let preparation = Preparation(resize: .unchanged, inputHeight: c.numbers[1], inputWidth: c.numbers[0])
    #expect(crc32(preparation(image).pixels) == c.crc32)
  }

  @Test(arguments: Case.load("expected.txt", kind: "preprocess"))
  func preprocesses(_ c: Case) throws {
    let image = try Image(contentsOf: fixture(c.file), channels: c.channels)
    try expectPrepared(image, c)
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
        try expectPrepared(image, c)
      }
    }
  }

  private func resized(_ image: Image, to width: Int, _ height: Int) -> Image {
    Preparation(resize: .sides(height: height, width: width), inputHeight: height, inputWidth: width)(image)
  }

  /// Expects the same bytes where only the pixels of the crop are computed, and where the whole image is resized before
  /// it is cropped.
  private func expectPrepared(_ image: Image, _ c: Case) throws {
    let (resize, width, height) = (c.numbers[0], c.numbers[1], c.numbers[2])
    let input = Preparation(resize: .shorterSide(resize), inputHeight: height, inputWidth: width)(image)
    #expect(input.width == width && input.height == height)
    #expect(crc32(input.pixels) == c.crc32, "\(c)")
    let (short, long) = (min(image.width, image.height), max(image.width, image.height))
    let scaled = Int(Double(resize * long) / Double(short))
    let whole = image.width <= image.height ? resized(image, to: resize, scaled) : resized(image, to: scaled, resize)
    #expect(Preparation(resize: .unchanged, inputHeight: height, inputWidth: width)(whole) == input, "\(c)")
  }

  @Test func goldenFilesAreThere() {
    #expect(Case.load("expected.txt").count == 166)
    #expect(PreparedCase.all.count == 432)
  }
}

/// A line of prepared.txt, which Tools/scripts/prepared_cases.py describes.
struct PreparedCase: Sendable, CustomTestStringConvertible {
  let width, height, channels: Int
  let preparation: Preparation
  let crc32: UInt32
  let testDescription: String

  static let all: [PreparedCase] = {
    let text = (try? String(contentsOfFile: fixture("prepared.txt"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { PreparedCase($0.split(separator: " ").map(String.init)) }
  }()

  private init(_ words: [String]) {
    (width, height, channels) = (Int(words[0])!, Int(words[1])!, Int(words[2])!)
    let sides = words[3].split(separator: "x").compactMap { Int($0) }
    let resize: Preparation.Resize =
      switch sides.count {
      case 0: .unchanged
      case 1: .shorterSide(sides[0])
      default: .sides(height: sides[0], width: sides[1])
      }
    preparation = Preparation(
      resize: resize, interpolation: words[4] == "bicubic" ? .bicubic : .bilinear,
      cropRounding: words[5] == "down" ? .down : .halfToEven, inputHeight: Int(words[7])!, inputWidth: Int(words[6])!)
    crc32 = UInt32(words[8], radix: 16)!
    testDescription = words.dropLast().joined(separator: " ")
  }

  /// Noise from the bytes' places, as the script makes it too.
  var image: Image {
    let pixels = (0..<UInt32(width * height * channels)).map { place in
      let hash = place &* 0x9E37_79B1
      return UInt8(((hash ^ hash >> 15) &* 0x85EB_CA77) >> 24)
    }
    return Image(width: width, height: height, channels: channels, pixels: pixels)
  }
}

@Suite struct PreparedCases {
  @Test func equalBytes() {
    for c in PreparedCase.all {
      #expect(crc32(c.preparation(c.image).pixels) == c.crc32, "\(c.testDescription)")
    }
  }
}

@Suite struct BadImages {
  private func refusal(_ name: String) -> ImageError? {
    #expect(throws: ImageError.self) { _ = try Image(contentsOf: fixture(name), channels: 3) }
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
        _ = try Image(contentsOf: fixture(name), channels: channels)
      }
    }
  }

  @Test(arguments: ["empty.jpg", "text.jpg"])
  func notPicture(_ name: String) {
    #expect(refusal(name) == .notPicture(path: fixture(name), reason: "neither a JPEG nor a PNG"))
  }

  @Test(arguments: [
    ("RIFF\0\0\0\0WEBPVP8 ", "WebP"), ("GIF89a", "GIF"), ("II*\0", "TIFF"), ("MM\0*", "TIFF"),
    ("\0\0\0\u{20}ftypheic", "HEIC"), ("\0\0\0\u{20}ftypavif", "AVIF"), ("BM", "BMP"),
  ])
  func otherKind(_ beginning: String, _ kind: String) throws {
    let path = "\(try makeFolder([]))/picture.jpg"
    try Data(beginning.utf8).write(to: URL(fileURLWithPath: path))
    let error = ImageError.otherKind(path: path, kind: kind)
    #expect(throws: error) { _ = try Image(contentsOf: path, channels: 3) }
    #expect(error.description == "\(path): a \(kind) picture; only JPEG and PNG are read: convert it to PNG")
  }

  /// The name does not matter.
  @Test func kindByContent() throws {
    let path = "\(try makeFolder([]))/picture.jpg"
    try FileManager.default.copyItem(atPath: fixture("rgb-8.png"), toPath: path)
    #expect(try Image(contentsOf: path, channels: 3) == Image(contentsOf: fixture("rgb-8.png"), channels: 3))
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
      do { _ = try Image(jpegBytes: damaged, path: "damaged", channels: 3) } catch { refused += 1 }
    }
    #expect(refused > bytes.count / 20)
  }
}
