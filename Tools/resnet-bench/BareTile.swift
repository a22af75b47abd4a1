import CKernels

/// Runs the kernels' tiles alone: rows of bytes times packed weights, without a layer around them. Depth and
/// overlapping rows are those of a 3x3 convolution on 64 channels. The weights take 36 KB. On most processors they and
/// the rows lie in the first-level cache, or come from the second-level cache in time.
final class BareTile {
  private static let (depth, blocks, rowStride) = (576, 4, 64)
  /// A multiple of the rows that a kernel set's tile has here, so that all tiles are whole: 3, 4, 5, 6 or 32. Only of
  /// `avx512`, whose tiles have 28, the last one is a smaller tile of 4.
  private static let rowCount = 480
  static let multiplyAccumulates = rowCount * blocks * 16 * depth

  private let rows: UnsafeMutableBufferPointer<UInt8>
  private let weights: UnsafeMutableBufferPointer<UInt8>
  private let sums: UnsafeMutableBufferPointer<Int32>

  init() {
    func aligned<Element>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
      UnsafeMutableRawBufferPointer.allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
        .bindMemory(to: Element.self)
    }
    rows = aligned((Self.rowCount - 1) * Self.rowStride + Self.depth)
    weights = aligned(Self.blocks * 16 * Self.depth)
    sums = aligned(Self.rowCount * Self.blocks * 16)
    for bytes in [rows, weights] { _ = bytes.initialize(from: pseudoRandomBytes(bytes.count)) }
    sums.initialize(repeating: 0)
  }

  deinit {
    rows.deallocate()
    weights.deallocate()
    sums.deallocate()
  }

  func run(on network: BenchNetwork, repetitions: Int) {
    var operation = rn8_operation()
    operation.kind = RN8_PRODUCT
    operation.product = rn8_product(
      rows: rows.baseAddress, row_stride: Self.rowStride,
      weights: UnsafeRawPointer(weights.baseAddress!).assumingMemoryBound(to: Int8.self), sums: sums.baseAddress,
      row_count: Int32(Self.rowCount), blocks: Int32(Self.blocks), depth: Int32(Self.depth))
    for _ in 0..<repetitions { network.run(operation) }
  }
}
