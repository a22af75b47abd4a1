import CJPEG
import Platform

extension Image {
  /// The largest number of pixels that a JPEG may have. Pillow refuses more than that, too, as a
  /// "decompression bomb" (2 x 89,478,485).
  public static let maximumPixelCount = 178_956_970

  /// Decodes a JPEG file to the bytes of Pillow's `Image.open(path).convert("RGB")` where `channels` is 3, or
  /// `convert("L")` where it is 1. As in Pillow, the EXIF orientation is ignored.
  ///
  /// - Throws: `ImageError`. Pillow fills the missing part of some damaged files with grey; here such
  ///   a file is an error.
  public init(jpeg path: String, channels: Int) throws {
    try self.init(jpegBytes: readFile(path), path: path, channels: channels)
  }

  /// Decodes a JPEG held in memory. `path` is its name in errors.
  public init(jpegBytes bytes: [UInt8], path: String, channels: Int) throws {
    precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels, not \(channels)")
    var info = cjpeg_info()
    try checked(path) { cjpeg_inspect(bytes, bytes.count, &info, $0) }
    let (width, height, components) = (Int(info.width), Int(info.height), Int(info.components))
    guard width * height <= Image.maximumPixelCount else {
      throw ImageError.unsupported(
        path: path, reason: "\(width) x \(height) pixels, more than \(Image.maximumPixelCount)")
    }
    let byteCount = width * height * components
    let stored = try [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      try checked(path) { cjpeg_decode(bytes, bytes.count, &info, buffer.baseAddress!, $0) }
      count = byteCount
    }
    self.init(
      width: width, height: height, channels: channels,
      pixels: convert(stored, pixelCount: width * height, components: components, channels: channels))
  }
}

/// Calls the shim with a buffer for its message, and throws the error that it reports.
private func checked(_ path: String, _ call: (UnsafeMutablePointer<CChar>) -> cjpeg_status) throws {
  try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CJPEG_MESSAGE_SIZE)) { message in
    let status = call(message.baseAddress!)
    if status == CJPEG_OK { return }
    let reason = String(cString: message.baseAddress!)
    switch status {
    case CJPEG_NOT_JPEG: throw ImageError.notJPEG(path: path, reason: reason)
    case CJPEG_TRUNCATED: throw ImageError.truncated(path: path, reason: reason)
    default: throw ImageError.unsupported(path: path, reason: reason)
    }
  }
}

private func readFile(_ path: String) throws -> [UInt8] {
  func failure() -> ImageError { .unreadable(path: path, reason: String(cString: strerror(errno))) }
  guard let file = fopen(path, "rb") else { throw failure() }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    bytes += chunk[..<count]
    if count < chunk.count {
      if ferror(file) != 0 { throw failure() }
      return bytes
    }
  }
}

/// Converts what a JPEG stores to what the network reads, as Pillow does.
private func convert(_ stored: [UInt8], pixelCount: Int, components: Int, channels: Int) -> [UInt8] {
  switch (components, channels) {
  case (1, 3): replicate(stored)
  case (3, 1): luma(stored, pixelCount)
  case (4, 3): invertedCMYKToRGB(stored, pixelCount)
  case (4, 1): luma(invertedCMYKToRGB(stored, pixelCount), pixelCount)
  default: stored
  }
}

private func replicate(_ grey: [UInt8]) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: grey.count * 3) { rgb, count in
    for i in grey.indices {
      rgb[3 * i] = grey[i]
      rgb[3 * i + 1] = grey[i]
      rgb[3 * i + 2] = grey[i]
    }
    count = grey.count * 3
  }
}

/// Converts RGB to ITU-R 601 luma in 16-bit fixed point, as Pillow's `L24` (libImaging/Convert.c).
private func luma(_ rgb: [UInt8], _ pixelCount: Int) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: pixelCount) { grey, count in
    for i in 0..<pixelCount {
      let sum = UInt32(rgb[3 * i]) * 19595 + UInt32(rgb[3 * i + 1]) * 38470 + UInt32(rgb[3 * i + 2]) * 7471
      grey[i] = UInt8(truncatingIfNeeded: (sum + 0x8000) >> 16)
    }
    count = pixelCount
  }
}

/// Converts inverted CMYK to RGB. Pillow takes every CMYK JPEG for Adobe's inverted kind, with or without
/// Adobe's marker (JpegImagePlugin.py).
///
/// The formula is that of `cmyk2rgb` in libImaging/Convert.c: `k' - round(ink * k' / 255)`,
/// where `k'` is 255 minus black.
private func invertedCMYKToRGB(_ stored: [UInt8], _ pixelCount: Int) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: pixelCount * 3) { rgb, count in
    for i in 0..<pixelCount {
      let light = Int32(stored[4 * i + 3])
      for c in 0..<3 {
        let product = (255 - Int32(stored[4 * i + c])) * light + 128
        rgb[3 * i + c] = UInt8(max(0, light - ((product >> 8) + product) >> 8))
      }
    }
    count = pixelCount * 3
  }
}
