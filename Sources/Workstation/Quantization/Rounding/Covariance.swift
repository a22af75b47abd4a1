import CKernels
import FloatRuntime
import ResNetInt8

/// The covariance of the codes that a convolution reads, times the number of samples.
///
/// It is exact but for one rounding to Float: the kernels of int8 convolutions multiply and sum the codes as integers. So it is
/// the same for every processor and number of threads, and takes a second or so for the 4,608 bytes of ResNet's widest windows.
package struct Covariance {
  /// For each row of the matrix, the row of the samples that it stands for. Rows of larger variance come later.
  package let order: [Int]
  /// The upper triangle of the matrix, in a square of `order.count` rows.
  package let values: [Float]

  package init(_ samples: SampleMatrix, _ kernels: KernelSet) {
    let count = samples.rowCount
    let moments = concurrentMap(count) { Moments(samples, row: $0) }
    let order = moments.indices.sorted { (moments[$0].variance, $0) < (moments[$1].variance, $1) }
    let packed = PackedSamples(samples, order)
    let rowsPerPanel = 64
    self.order = order
    values = [Float](unsafeUninitializedCapacity: count * count) { values, initializedCount in
      values.initialize(repeating: 0)
      initializedCount = count * count
      nonisolated(unsafe) let values = values
      concurrentForEach((count + rowsPerPanel - 1) / rowsPerPanel) { panel in
        let rows = panel * rowsPerPanel..<min((panel + 1) * rowsPerPanel, count)
        packed.products(of: rows.map { samples[order[$0]] }, from: rows.lowerBound, kernels) { row, column, product in
          let (a, b) = (moments[order[rows.lowerBound + row]].sum, moments[order[column]].sum)
          let centred = Double(product + 128 * a) - Double(a) * Double(b) / Double(samples.columnCount)
          values[(rows.lowerBound + row) * count + column] = Float(centred)
        }
      }
    }
  }
}

/// The sum of a row's codes, and their variance times the square of their number.
private struct Moments {
  let sum: Int
  let variance: Int

  init(_ samples: SampleMatrix, row: Int) {
    let codes = UnsafeBufferPointer(start: samples[row], count: samples.columnCount)
    var (sum, squares) = (UInt64(0), UInt64(0))
    for code in codes {
      sum &+= UInt64(code)
      squares &+= UInt64(code) &* UInt64(code)
    }
    self.sum = Int(sum)
    variance = Int(squares) * codes.count - self.sum * self.sum
  }
}

/// Samples less 128, as the kernels read weights: `[block of 16 rows][column / 4][16][4]`.
private final class PackedSamples {
  private let rowCount: Int
  private let stride: Int
  private let blocks: Int
  private let memory: UnsafeMutablePointer<UInt32>

  init(_ samples: SampleMatrix, _ order: [Int]) {
    rowCount = order.count
    stride = samples.stride
    blocks = (rowCount + 15) / 16
    memory = .allocate(capacity: max(blocks, 1) * 4 * stride)
    let (words, memory) = (stride / 4, memory)
    concurrentForEach(blocks) { block in
      for lane in 0..<16 {
        // Lanes past the last row repeat it; nothing reads their products.
        let row = UnsafeRawPointer(samples[order[min(block * 16 + lane, samples.rowCount - 1)]])
        let packed = memory + block * 16 * words + lane
        for word in 0..<words {
          packed[word * 16] = row.load(fromByteOffset: word * 4, as: UInt32.self) ^ 0x8080_8080
        }
      }
    }
  }

  deinit { memory.deallocate() }

  /// Calls `body` with the product of each of some rows and each packed row, from the one with the same index on.
  ///
  /// - Parameter first: the index of the first of `rows`, a multiple of 16.
  func products(
    of rows: [UnsafeMutablePointer<UInt8>], from first: Int, _ kernels: KernelSet,
    _ body: (_ row: Int, _ column: Int, _ product: Int) -> Void
  ) {
    let codes = UnsafeMutablePointer<UInt8>.allocate(capacity: rows.count * stride)
    let (columns, firstBlock) = (blocks * 16 - first, first / 16)
    let sums = UnsafeMutablePointer<Int32>.allocate(capacity: rows.count * columns)
    defer {
      codes.deallocate()
      sums.deallocate()
    }
    for (index, row) in rows.enumerated() { (codes + index * stride).update(from: row, count: stride) }
    var operation = rn8_operation()
    operation.kind = RN8_PRODUCT
    operation.product = rn8_product(
      rows: codes, row_stride: stride,
      weights: UnsafeRawPointer(memory + firstBlock * 4 * stride).assumingMemoryBound(to: Int8.self), sums: sums,
      row_count: Int32(rows.count), blocks: Int32(blocks - firstBlock), depth: Int32(stride))
    kernels.run(&operation, worker: 0, of: 1)
    for row in rows.indices {
      for column in first + row..<rowCount { body(row, column, Int(sums[row * columns + column - first])) }
    }
  }
}
