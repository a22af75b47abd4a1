import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct ReferenceLogitsTests {
  private static let values: [Float] = [1, -2, 0.5, 4, 8, -16]

  private func bytes(_ values: [Float]) -> Data {
    Data(values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } })
  }

  /// A file as `numpy.save` writes it.
  private func npy(_ header: String, version: UInt8 = 1) -> Data {
    let padded = header.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
    let size = version == 1 ? [UInt8(padded.utf8.count), 0] : [UInt8(padded.utf8.count), 0, 0, 0]
    return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(padded.utf8)) + bytes(Self.values)
  }

  private func read(_ data: Data, imageCount: Int = 2, classCount: Int = 3) throws -> [[Float]] {
    try reference(data, imageCount: imageCount, classCount: classCount).rows
  }

  private func reference(_ data: Data, imageCount: Int = 2, classCount: Int = 3) throws -> ReferenceLogits {
    let file = FileManager.default.temporaryDirectory.appending(path: "reference-\(UUID().uuidString)")
    try data.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try ReferenceLogits(contentsOf: file.path, imageCount: imageCount, classCount: classCount)
  }

  @Test func rows() throws {
    let rows: [[Float]] = [[1, -2, 0.5], [4, 8, -16]]
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    #expect(try read(bytes(Self.values)) == rows)
    #expect(try read(npy(header)) == rows)
    #expect(try read(npy(header, version: 2)) == rows)
    #expect(try read(npy(header, version: 3)) == rows)
  }

  @Test func refusals() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let asked = "; give 2 rows of 3 logits, one an image, in the order class name, file name"
    for (data, found) in [
      (Data(), "0 bytes of numbers"), (bytes([1]), "4 bytes of numbers"),
      (bytes(Self.values + [1]), "28 bytes of numbers"),
      (Data(count: 100_000), "100000 bytes"), (npy(header).dropLast(), "23 bytes of numbers"),
      (npy(header).prefix(9), "a header that is cut short"), (npy(header).prefix(100), "a header that is cut short"),
      (npy(header.replacing("<f4", with: "<f8")), "the header {'descr': '<f8'"),
      (npy(header.replacing("False", with: "True")), "the header {'descr': '<f4', 'fortran_order': True"),
      (
        npy(header.replacing("(2, 3)", with: "(3, 2)")),
        "the header {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)"
      ),
      (bytes([1, 2, 3, 4, .nan, 6]), "nan in row 2"),
    ] {
      let error = try #require(throws: ReferenceError.self) { try read(Data(data)) }
      #expect(error.description.contains(": \(found)") && error.description.hasSuffix(asked), "\(error)")
    }
    let error = try #require(throws: ReferenceError.self) {
      try ReferenceLogits(contentsOf: "none.npy", imageCount: 2, classCount: 3)
    }
    #expect(error.description.hasPrefix("none.npy: cannot be read: No such file"))
  }

  @Test func comparison() throws {
    let reference = try reference(bytes(Self.values))
    let equal = reference.compared(with: reference.rows)
    #expect(equal.largestDifference == 0 && equal.signalToNoise == .infinity && equal.agreement == 1)
    let other = reference.compared(with: [[1, -2, 1.5], [4, 0, -16]])
    #expect(other.largestDifference == 0.5)  // 8 of 16
    #expect((other.row, other.column) == (1, 1))
    #expect(other.agreement == 0)
    #expect(abs(other.signalToNoise - 10 * log10(341.25 / 65)) < 1e-9)
  }
}
