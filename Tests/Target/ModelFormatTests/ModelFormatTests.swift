import ModelFormat
import Testing

/// The place of each field is part of the format, since later versions read the files of earlier ones.
@Suite struct ModelFormatTests {
  @Test func recordSizes() {
    #expect(MemoryLayout<ModelHeader>.stride == 120)
    #expect(MemoryLayout<TensorRecord>.stride == 36)
    #expect(MemoryLayout<WindowRecord>.stride == 28)
    #expect(MemoryLayout<LayerRecord>.stride == 80)
  }

  @Test func fieldOffsets() {
    #expect(MemoryLayout<ModelHeader>.offset(of: \.magic) == 0)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.version) == 4)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.fileSize) == 8)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.metadataSize) == 12)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.checksum) == 16)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.weightsChecksum) == 24)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.multiplyAccumulates) == 32)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.tensorCount) == 40)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.tensorBytes) == 56)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.resizeHeight) == 68)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.mean) == 72)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.std) == 88)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.resizeKind) == 104)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.resizeWidth) == 108)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.interpolation) == 112)
    #expect(MemoryLayout<ModelHeader>.offset(of: \.cropRounding) == 116)
    #expect(MemoryLayout<TensorRecord>.offset(of: \.scale) == 24)
    #expect(MemoryLayout<TensorRecord>.offset(of: \.remainders) == 28)
    #expect(MemoryLayout<WindowRecord>.offset(of: \.weights) == 24)
    #expect(MemoryLayout<LayerRecord>.offset(of: \.parameters) == 20)
    #expect(MemoryLayout<LayerRecord>.offset(of: \.window) == 24)
    #expect(MemoryLayout<LayerRecord>.offset(of: \.projection) == 52)
  }

  @Test func rowsOfParameters() {
    #expect(ParameterBlock.rowCount(shortcutKind: ShortcutKind.none) == 3)
    #expect(ParameterBlock.rowCount(shortcutKind: ShortcutKind.identity) == 5)
    #expect(ParameterBlock.rowCount(shortcutKind: ShortcutKind.projection) == 7)
  }

  @Test(arguments: [
    // Here a row of the kernel is one segment, rounded up to a multiple of 4 bytes.
    (WindowRecord(kernelHeight: 7, kernelWidth: 7), 3, [7, 1, 24]),
    (WindowRecord(kernelHeight: 3, kernelWidth: 3), 16, [3, 1, 48]),
    (WindowRecord(kernelHeight: 1, kernelWidth: 1), 64, [1, 1, 64]),
    // Dilation and groups leave gaps between pixels, so that each pixel is a segment.
    (WindowRecord(kernelHeight: 3, kernelWidth: 3, dilation: 2), 16, [3, 3, 16]),
    (WindowRecord(kernelHeight: 3, kernelWidth: 3, groups: 4), 64, [3, 3, 16]),
  ])
  func windowShape(_ window: WindowRecord, channels: Int, expected: [Int]) {
    let shape = WindowShape(window, channels: channels)
    #expect([shape.rows, shape.columns, shape.length] == expected)
    #expect(shape.depth == expected.reduce(1, *))
  }

  @Test func checksumNoticesEveryBit() {
    func checksum(_ bytes: [UInt8]) -> UInt64 {
      var checksum = Checksum()
      bytes.withUnsafeBytes { checksum.append($0) }
      return checksum.value
    }
    // With 21 bytes the last word is cut short.
    let bytes = [UInt8](1...21)
    for bit in 0..<8 * bytes.count {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(checksum(changed) != checksum(bytes), "bit \(bit)")
    }
    // Changes of the top bits of two words would cancel if the hash were products alone.
    var changed = bytes
    changed[7] ^= 0x80
    changed[15] ^= 0x80
    #expect(checksum(changed) != checksum(bytes))
  }
}
