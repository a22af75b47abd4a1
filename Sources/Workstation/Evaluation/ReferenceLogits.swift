import Platform

/// The logits that the owner's own program computed: a row an image.
public struct ReferenceLogits: Sendable {
  public let rows: [[Float]]

  /// Reads a `.npy` file of float32 (numpy's format 1 to 3, C order, shape images x classes), or little-endian float32
  /// without a header.
  ///
  /// - Throws: `ReferenceError` where the file has not `imageCount` rows of `classCount` finite numbers.
  public init(contentsOf path: String, imageCount: Int, classCount: Int) throws {
    let asked = "\(imageCount) rows of \(classCount) logits, one an image, in the order class name, file name"
    func refusal(_ found: String) -> ReferenceError { ReferenceError("\(path): \(found); give \(asked)") }
    let file: RegularFile
    do { file = try RegularFile(path) } catch { throw refusal("cannot be read: \(error)") }
    let byteCount = 4 * imageCount * classCount
    guard file.byteCount <= byteCount + Self.largestHeader else { throw refusal("\(file.byteCount) bytes") }
    var bytes = try file.prefix(file.byteCount)[...]
    if bytes.starts(with: Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) })) {
      let header = try Self.header(&bytes, orThrow: refusal)
      // As `numpy.save` writes it, but for the spaces.
      let expected = "{'descr':'<f4','fortran_order':False,'shape':(\(imageCount),\(classCount)),}"
      guard header.filter({ !$0.isWhitespace }) == expected else { throw refusal("the header \(header.printable)") }
    }
    guard bytes.count == byteCount else { throw refusal("\(bytes.count) bytes of numbers") }
    let values = bytes.withUnsafeBytes { raw in
      (0..<imageCount * classCount).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw refusal("\(values[index]) in row \(index / classCount + 1)")
    }
    rows = (0..<imageCount).map { Array(values[$0 * classCount..<($0 + 1) * classCount]) }
  }

  /// The most bytes that a `.npy` file may have before its numbers.
  private static let largestHeader = 65536

  /// Takes magic, version and header from the front of a `.npy` file, and returns the header's text.
  private static func header(
    _ bytes: inout ArraySlice<UInt8>, orThrow refusal: (String) -> ReferenceError
  ) throws -> String {
    let sizeBytes = bytes.count > 6 && bytes[6] == 1 ? 2 : 4
    guard bytes.count >= 8 + sizeBytes else { throw refusal("a header that is cut short") }
    let size = bytes[8..<8 + sizeBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= 8 + sizeBytes + size else { throw refusal("a header that is cut short") }
    let header = bytes[(8 + sizeBytes)..<(8 + sizeBytes + size)]
    bytes = bytes.dropFirst(8 + sizeBytes + size)
    return String(decoding: header, as: UTF8.self)
  }
}

extension ReferenceLogits {
  /// How far a network's logits are from the reference.
  public struct Comparison: Sendable {
    /// The largest difference of a logit, as a fraction of the largest magnitude among the reference's.
    public let largestDifference: Double
    /// Where the largest difference is.
    public let row: Int
    public let column: Int
    /// The SQNR of the logits against the reference, in decibels.
    public let signalToNoise: Double
    /// The fraction of images for which both choose the same class.
    public let agreement: Double
  }

  /// - Parameter logits: as many rows and columns as the reference has.
  public func compared(with logits: [[Float]]) -> Comparison {
    var (largest, difference, same) = (0.0, 0.0, 0)
    var ratio = SignalToNoise()
    var place = (row: 0, column: 0)
    for (row, (reference, values)) in zip(rows, logits).enumerated() {
      if reference.indexOfMaximum == values.indexOfMaximum { same += 1 }
      ratio.add(values, reference: reference)
      for (column, (expected, value)) in zip(reference, values).enumerated() {
        let error = abs(Double(value) - Double(expected))
        largest = max(largest, abs(Double(expected)))
        if error > difference { (difference, place) = (error, (row, column)) }
      }
    }
    return Comparison(
      largestDifference: difference == 0 ? 0 : difference / largest, row: place.row, column: place.column,
      signalToNoise: ratio.decibels, agreement: Double(same) / Double(rows.count))
  }
}

/// The reason why a file is no reference for the images, with the remedy.
public struct ReferenceError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
