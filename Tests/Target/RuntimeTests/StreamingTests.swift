import Evaluation
import ModelFormat
import Quantization
import TestSupport
import Testing

/// A network whose stem is streamed computes what it does with all of its rows in memory.
@Suite struct StreamingTests {
  @Test(arguments: ["basic", "bottleneck"], [ResidualBits.eight, .sixteen])
  func logitsDoNotDependOnRows(_ name: String, residualBits: ResidualBits) throws {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    let bytes = try reference.quantized(in: ReferenceCase.folder, residualBits: residualBits).bytes
    let images = try reference.images(in: ReferenceCase.folder)
    let height = try bytes.withUnsafeBytes { try Model(validating: $0.baseAddress!, size: $0.count).tensor(1).height }
    let expected = try logits(withRows(height, bytes), images)
    #expect(try logits(bytes, images).isIdentical(to: expected))
    for rows in 3..<height {
      #expect(try logits(withRows(rows, bytes), images).isIdentical(to: expected), "\(rows) rows")
    }
  }

  private func logits(_ bytes: [UInt8], _ images: [[UInt8]]) throws -> [[Float]] {
    let network = Int8Network(try Int8Model(bytes, path: "streamed.rn8"))
    return images.map(network.run)
  }

  /// Returns a model with so many rows of its first convolution's output in memory. They and the image, which must stay while
  /// the pool writes, lie behind all other tensors.
  private func withRows(_ rows: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes.withUnsafeMutableBytes { bytes in
      var header = bytes.load(as: ModelHeader.self)
      func place(_ index: Int, _ change: (inout TensorRecord) -> Void) {
        let offset = header.byteCount + index * MemoryLayout<TensorRecord>.size
        var tensor = bytes.loadUnaligned(fromByteOffset: offset, as: TensorRecord.self)
        change(&tensor)
        tensor.offset = header.tensorBytes
        if tensor.hasRemainders { tensor.remainders = tensor.offset + UInt32(tensor.byteCount) }
        header.tensorBytes += UInt32(tensor.byteCount + tensor.remainderByteCount)
        bytes.storeBytes(of: tensor, toByteOffset: offset, as: TensorRecord.self)
      }
      place(0) { _ in }
      place(1) { $0.rowsInMemory = rows }
      bytes.storeBytes(of: header, as: ModelHeader.self)
      repairChecksum(of: bytes)
    }
    return bytes
  }
}
