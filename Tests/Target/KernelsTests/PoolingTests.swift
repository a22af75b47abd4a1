import CKernels
import ModelFormat
import ResNetInt8
import TestSupport
import Testing

@Suite struct PoolingTests {
  private static let windows = [(3, 2, 1), (2, 2, 0), (1, 1, 0), (3, 1, 1), (5, 3, 2)]

  @Test(arguments: KernelSet.available, windows)
  func maxPool(_ kernels: KernelSet, _ window: (kernel: Int, stride: Int, padding: Int)) {
    check(kernels, RN8_MAX_POOL, window) { $0.max()! }
  }

  /// What is compared is codes and remainders together.
  @Test(arguments: KernelSet.available, windows)
  func maxPoolOfRemainders(_ kernels: KernelSet, _ window: (kernel: Int, stride: Int, padding: Int)) {
    check(kernels, RN8_MAX_POOL, window, hasRemainders: true) { $0.max()! }
  }

  /// A half is rounded up.
  @Test(arguments: KernelSet.available, windows)
  func averagePool(_ kernels: KernelSet, _ window: (kernel: Int, stride: Int, padding: Int)) {
    check(kernels, RN8_AVERAGE_POOL, window) { codes in
      Int((Double(codes.reduce(0, +)) / Double(codes.count) + 0.5).rounded(.down))
    }
  }

  /// The last windows reach past the input, where nothing counts.
  ///
  /// - Parameter pooled: returns the value of a window: codes, or `256 * code + remainder`.
  private func check(
    _ kernels: KernelSet, _ kind: rn8_kind, _ window: (kernel: Int, stride: Int, padding: Int),
    hasRemainders: Bool = false, _ pooled: ([Int]) -> Int
  ) {
    var random = SeededGenerator(state: 3)
    for (height, width, channels) in [
      (1, 1, 16), (4, 4, 16), (7, 5, 48), (8, 9, 32), (7, 5, 64), (4, 4, 80), (3, 3, 144),
    ] {
      // Few codes, so that remainders decide.
      var codes = random.bytes(height * width * channels).map { hasRemainders ? $0 % 3 + 253 : $0 }
      var fine = hasRemainders ? random.bytes(codes.count) : []
      let values = codes.indices.map { hasRemainders ? 256 * Int(codes[$0]) + Int(fine[$0]) : Int(codes[$0]) }
      func length(_ from: Int) -> Int { (from + window.padding - 1) / window.stride + 1 }
      let (rows, columns) = (length(height), length(width))
      var expected: [Int] = []
      for y in 0..<rows {
        for x in 0..<columns {
          for channel in 0..<channels {
            var inside: [Int] = []
            for row in 0..<window.kernel {
              for column in 0..<window.kernel {
                let (y, x) = (y * window.stride - window.padding + row, x * window.stride - window.padding + column)
                guard 0..<height ~= y, 0..<width ~= x else { continue }
                inside.append(values[(y * width + x) * channels + channel])
              }
            }
            expected.append(pooled(inside))
          }
        }
      }
      for workerCount in [1, 3] {
        var output = [UInt8](repeating: 0xa5, count: expected.count)
        var remainders = [UInt8](repeating: 0xa5, count: hasRemainders ? expected.count : 0)
        withTensor(&codes, height, width, channels, remainders: &fine) { from in
          withTensor(&output, rows, columns, channels, remainders: &remainders) { to in
            var operation = rn8_operation()
            operation.kind = kind
            operation.pool = rn8_pool(
              input: from, output: to, kernel_height: Int32(window.kernel), kernel_width: Int32(window.kernel),
              stride: Int32(window.stride), top: Int32(window.padding), left: Int32(window.padding))
            for worker in 0..<workerCount { kernels.run(operation, worker: worker, of: workerCount) }
          }
        }
        #expect(
          output.map(Int.init) == expected.map { hasRemainders ? $0 >> 8 : $0 },
          "\(height)x\(width)x\(channels), \(workerCount) workers")
        #expect(remainders.map(Int.init) == (hasRemainders ? expected.map { $0 & 255 } : []))
      }
    }
  }

  /// The class counts are below, at and above those of a block and of a tile of 4 blocks. Without weights the outputs
  /// are the pooled features.
  @Test(arguments: KernelSet.available, [1, 10, 16, 17, 33, 64, 100, 129])
  func head(_ kernels: KernelSet, classCount: Int) {
    var random = SeededGenerator(state: UInt64(classCount))
    // 17x17 of the largest code take the third byte of a sum; with 256 channels, a logit's sum takes more than 32 bits.
    for (height, width, channels) in [(1, 1, 16), (7, 7, 48), (3, 5, 144), (17, 17, 16), (17, 17, 256)] {
      for weighted in [true, false] where weighted || classCount <= channels {
        for saturated in [true, false] {
          let count = height * width * channels
          let input = saturated ? [UInt8](repeating: 255, count: count) : random.bytes(count)
          let remainders = saturated ? [UInt8](repeating: 255, count: count) : random.bytes(count)
          let blocks = (classCount + 15) / 16
          let weights =
            saturated
            ? [Int8](repeating: -128, count: blocks * 16 * channels) : random.weights(blocks * 16 * channels)
          let parameters = (0..<blocks * 32).map { _ in Float.random(in: -0.01...0.01, using: &random) }
          for remainders in [nil, remainders] {
            check(
              kernels, input, remainders, (height, width, channels), weights: weighted ? weights : nil,
              parameters: parameters, classCount: classCount)
          }
        }
      }
    }
  }

  /// The most pixels that sums of 32 bits hold where there are remainders, all of the largest value.
  @Test(arguments: KernelSet.available)
  func largestHead(_ kernels: KernelSet) {
    let size = (height: 1, width: 65537, channels: 16)
    let bytes = [UInt8](repeating: 255, count: size.width * size.channels)
    for remainders in [nil, bytes] {
      check(
        kernels, bytes, remainders, size, weights: nil, parameters: [Float](repeating: 0.5, count: 32), classCount: 16)
    }
  }

  private func check(
    _ kernels: KernelSet, _ input: [UInt8], _ remainders: [UInt8]?, _ size: (height: Int, width: Int, channels: Int),
    weights: [Int8]?, parameters: [Float], classCount: Int
  ) {
    let channels = size.channels
    let sums = (0..<channels).map { channel in
      stride(from: channel, to: input.count, by: channels).reduce(0) { sum, place in
        sum + (remainders.map { 256 * Int(input[place]) + Int($0[place]) } ?? Int(input[place]))
      }
    }
    let planes = (0..<(remainders == nil ? 3 : 4)).flatMap { plane in sums.map { UInt8($0 >> (8 * plane) & 255) } }
    let expected = (0..<classCount).map { index in
      let block = index / 16 * 32
      var sum = weights == nil ? sums[index] : 0
      if let weights {
        for (channel, value) in sums.enumerated() {
          // The weights are in the packed order [block][channels / 4][16][4].
          let place = index / 16 * channels * 16 + channel / 4 * 64 + index % 16 * 4 + channel % 4
          sum += value * Int(weights[place])
        }
      }
      let product = Float(sum) * parameters[block + index % 16]
      return product + parameters[block + 16 + index % 16]
    }
    for workerCount in [1, 2, 5] {
      var memory = [UInt8](repeating: 0xa5, count: planes.count)
      var logits = [Float](repeating: -7, count: classCount + 1)
      var (input, remainders) = (input, remainders ?? [])
      withTensor(&input, size.height, size.width, channels, remainders: &remainders) { tensor in
        (weights ?? []).withUnsafeBufferPointer { codes in
          parameters.withUnsafeBytes { parameters in
            memory.withUnsafeMutableBufferPointer { memory in
              logits.withUnsafeMutableBufferPointer { logits in
                var operation = rn8_operation()
                operation.kind = RN8_POOL_SUMS
                operation.head = rn8_head(
                  input: tensor, weights: weights == nil ? nil : codes.baseAddress,
                  parameters: parameters.baseAddress!.assumingMemoryBound(to: UInt8.self), sums: memory.baseAddress,
                  logits: logits.baseAddress, class_count: Int32(classCount))
                for worker in 0..<workerCount { kernels.run(operation, worker: worker, of: workerCount) }
                operation.kind = RN8_CLASSIFIER
                for worker in 0..<workerCount { kernels.run(operation, worker: worker, of: workerCount) }
              }
            }
          }
        }
      }
      #expect(memory == planes, "sums of \(size)")
      #expect(logits == expected + [-7], "logits of \(size), \(workerCount) workers")
    }
  }

  /// Calls `body` with a tensor, which has remainders unless the array of these is empty.
  private func withTensor(
    _ codes: inout [UInt8], _ height: Int, _ width: Int, _ channels: Int, remainders: inout [UInt8],
    _ body: (rn8_tensor) -> Void
  ) {
    codes.withUnsafeMutableBufferPointer { codes in
      remainders.withUnsafeMutableBufferPointer { remainders in
        body(
          rn8_tensor(
            codes: codes.baseAddress, y_stride: width * channels, x_stride: channels, height: Int32(height),
            width: Int32(width), channels: Int32(channels),
            remainders: remainders.isEmpty ? nil : remainders.baseAddress))
      }
    }
  }
}
