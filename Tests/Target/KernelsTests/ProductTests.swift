import CKernels
import ResNetInt8
import TestSupport
import Testing

@Suite struct ProductTests {
  /// Rows and blocks are below, at and above those of tiles. Depths lie around the 16 and 64 bytes that one instruction
  /// may take.
  @Test(arguments: KernelSet.available, [4, 12, 16, 20, 60, 64, 68, 128, 576])
  func product(_ kernels: KernelSet, depth: Int) {
    var random = SeededGenerator(state: UInt64(depth))
    for rowCount in [1, 3, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 21, 22, 28, 29, 33] {
      for blocks in [1, 2, 3, 4, 5, 9] {
        let rows = random.bytes((rowCount - 1) * (depth + 3) + depth)
        let weights = random.weights(blocks * 16 * depth)
        check(kernels, rows, rowStride: depth + 3, weights, rowCount: rowCount, blocks: blocks, depth: depth)
      }
    }
  }

  /// The products are the largest of either sign, whose sums in pairs 16 bits cannot hold. The rows overlap.
  @Test(arguments: KernelSet.available, [Int8(-128), 127])
  func extremes(_ kernels: KernelSet, weight: Int8) {
    let depth = 132
    let rows = [UInt8](repeating: 255, count: 18 * 4 + depth)
    let weights = [Int8](repeating: weight, count: 5 * 16 * depth)
    check(kernels, rows, rowStride: 4, weights, rowCount: 19, blocks: 5, depth: depth)
  }

  private func check(
    _ kernels: KernelSet, _ rows: [UInt8], rowStride: Int, _ weights: [Int8], rowCount: Int, blocks: Int, depth: Int
  ) {
    var expected: [Int32] = []
    for row in 0..<rowCount {
      for channel in 0..<blocks * 16 {
        var sum: Int32 = 0
        for byte in 0..<depth {
          // The weights are in the packed order [block][depth / 4][16][4].
          let place = channel / 16 * depth * 16 + byte / 4 * 64 + channel % 16 * 4 + byte % 4
          sum += Int32(rows[row * rowStride + byte]) * Int32(weights[place])
        }
        expected.append(sum)
      }
    }
    for workerCount in [1, 3] {
      // There is one number more, which must stay as it is.
      var sums = [Int32](repeating: 7, count: expected.count + 1)
      rows.withUnsafeBufferPointer { rows in
        weights.withUnsafeBufferPointer { weights in
          sums.withUnsafeMutableBufferPointer { sums in
            var operation = rn8_operation()
            operation.kind = RN8_PRODUCT
            operation.product = rn8_product(
              rows: rows.baseAddress, row_stride: rowStride, weights: weights.baseAddress, sums: sums.baseAddress,
              row_count: Int32(rowCount), blocks: Int32(blocks), depth: Int32(depth))
            for worker in 0..<workerCount { kernels.run(operation, worker: worker, of: workerCount) }
          }
        }
      }
      #expect(sums == expected + [7], "\(rowCount) rows, \(blocks) blocks, \(workerCount) workers")
    }
  }
}
