import CKernels
import Kernels
import ModelFormat

/// A convolution and the max pool after it, computed together a few rows at a time. The tensor between them has few rows in
/// memory, which its workers share out: each convolves the rows that its next windows need, pools them, and keeps those that
/// its windows after that need too.
///
/// ```
/// a 3x3 pool of stride 2       rows 0 1 2 3 4 | 5 6 7 8     convolved
/// and five rows in memory:     pooled  0   1  |   2   3     rows 5 to 8 come after row 4... is kept
/// ```
extension Network {
  /// The windows, one above the other, whose rows a worker takes at a time. With 8 of ResNet's in place of 3, they push so much out
  /// of the caches that the network takes 3 % more time (Xeon, AVX-512 VNNI, 16 bits).
  private static let windowsAtATime = 3

  /// Computes a worker's share of both layers. When this returns, the pool's output is complete, the other workers' shares
  /// included.
  func runStreamed(_ layer: LayerRecord, into poolLayer: LayerRecord, worker: Int32, of workerCount: Int32) {
    let pooled = model.tensor(poolLayer.output)
    fillHalo(pooled, worker: Int(worker), of: Int(workerCount))
    let convolution = convolution(layer)
    let pool = pool(poolLayer)
    // Each needs room for a window.
    let (rowsInMemory, window) = (Int(model.tensor(layer.output).rowsInMemory), Int(pool.kernel_height))
    let sharing = max(1, min(Int(workerCount), rowsInMemory / window))
    if worker < sharing {
      let rows = min(rowsInMemory / sharing, Self.windowsAtATime * window)
      var strip = Strip(convolution, pool, rows: rows, worker: Int(worker))
      strip.run(share(Int(pooled.height), worker: Int(worker), of: sharing), kernels)
    }
    barrier.wait(workerCount: workerCount)
  }
}

/// The rows of a streamed tensor that one worker has in memory.
private struct Strip {
  private let convolution: rn8_convolution
  private let pool: rn8_pool
  /// The first of the worker's rows, with the number of rows that have room.
  private let memory: rn8_tensor
  private let capacity: Int
  /// The rows of the tensor that are in memory.
  private var rows = 0..<0

  init(_ convolution: rn8_convolution, _ pool: rn8_pool, rows: Int, worker: Int) {
    self.convolution = convolution
    self.pool = pool
    memory = convolution.output.rows(worker * rows..<worker * rows + rows)
    capacity = rows
  }

  /// Computes some rows of the pool's output.
  mutating func run(_ pooled: Range<Int>, _ kernels: KernelSet) {
    var next = pooled.lowerBound
    while next < pooled.upperBound {
      let first = max(next * Int(pool.stride) - Int(pool.top), 0)
      var count = 1
      while next + count < pooled.upperBound && end(next + count) - first <= capacity { count += 1 }
      convolve(first..<end(next + count - 1), kernels)
      var step = rn8_operation()
      step.kind = RN8_MAX_POOL
      step.pool = pool
      step.pool.input = memory.rows(0..<rows.count)
      step.pool.output = pool.output.rows(next..<next + count)
      step.pool.top = Int32(first - (next * Int(pool.stride) - Int(pool.top)))
      kernels.run(&step, worker: 0, of: 1)
      next += count
    }
  }

  /// Returns the row below the last one that a row of the pool's output needs.
  private func end(_ pooled: Int) -> Int {
    min(pooled * Int(pool.stride) - Int(pool.top) + Int(pool.kernel_height), Int(pool.input.height))
  }

  /// Brings rows of the tensor into memory. Those that are there already move to its start.
  private mutating func convolve(_ wanted: Range<Int>, _ kernels: KernelSet) {
    let kept = rows.clamped(to: wanted)
    if !kept.isEmpty { memory.moveRows(from: kept.lowerBound - rows.lowerBound, to: 0, count: kept.count) }
    rows = wanted
    let missing = wanted.lowerBound + kept.count..<wanted.upperBound
    guard !missing.isEmpty else { return }
    var step = rn8_operation()
    step.kind = RN8_CONVOLUTION
    step.convolution = convolution
    step.convolution.window.input += missing.lowerBound * convolution.window.y_stride
    step.convolution.output = memory.rows(kept.count..<wanted.count)
    kernels.run(&step, worker: 0, of: 1)
  }
}

extension rn8_tensor {
  /// Returns some rows of the tensor as a tensor.
  fileprivate func rows(_ range: Range<Int>) -> rn8_tensor {
    var rows = self
    rows.codes += range.lowerBound * y_stride
    if remainders != nil { rows.remainders += range.lowerBound * remainderStride }
    rows.height = Int32(range.count)
    return rows
  }

  /// Copies rows to others, which may overlap them. There is no halo.
  fileprivate func moveRows(from source: Int, to target: Int, count: Int) {
    UnsafeMutableRawPointer(codes + target * y_stride)
      .copyMemory(from: codes + source * y_stride, byteCount: count * y_stride)
    guard let remainders else { return }
    UnsafeMutableRawPointer(remainders + target * remainderStride)
      .copyMemory(from: remainders + source * remainderStride, byteCount: count * remainderStride)
  }

  private var remainderStride: Int { Int(width) * Int(channels) }
}
