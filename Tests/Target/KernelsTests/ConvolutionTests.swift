import CKernels
import ResNetInt8
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  private static let margin = 2

  /// The memory that a convolution writes.
  private struct Output: Equatable {
    /// With a border of two pixels around it that no kernel may touch.
    var codes: [UInt8]
    /// Without a border. Behind them lie 64 bytes that no kernel may touch. Empty where the output has none.
    var remainders: [UInt8]
  }

  private func output(_ problem: ConvolutionProblem, filledWith byte: UInt8) -> Output {
    let shape = problem.shape
    var output = Output(
      codes: [UInt8](
        repeating: byte,
        count: (shape.height + 2 * Self.margin) * (shape.width + 2 * Self.margin) * shape.outputChannels),
      remainders: shape.outputHasRemainders
        ? [UInt8](repeating: byte, count: shape.height * shape.width * shape.outputChannels + 64) : [])
    guard shape.shortcut == .inPlace else { return output }
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let from = problem.shortcut.address(y, x)
        let place = address(shape, y, x)
        let codes = problem.shortcut.codes[from...].prefix(shape.outputChannels)
        output.codes.replaceSubrange(place..<place + shape.outputChannels, with: codes)
        guard shape.outputHasRemainders else { continue }
        let remainders = problem.shortcutRemainders.codes[from...].prefix(shape.outputChannels)
        output.remainders.replaceSubrange(from..<from + shape.outputChannels, with: remainders)
      }
    }
    return output
  }

  private func address(_ shape: ConvolutionProblem.Shape, _ y: Int, _ x: Int) -> Int {
    ((y + Self.margin) * (shape.width + 2 * Self.margin) + x + Self.margin) * shape.outputChannels
  }

  private func run(
    _ problem: ConvolutionProblem, _ kernels: KernelSet, to output: inout Output, worker: Int = 0,
    of workerCount: Int = 1
  ) {
    let shape = problem.shape
    output.codes.withUnsafeMutableBufferPointer { codes in
      output.remainders.withUnsafeMutableBufferPointer { remainders in
        let tensor = rn8_tensor(
          codes: codes.baseAddress! + address(shape, 0, 0),
          y_stride: (shape.width + 2 * Self.margin) * shape.outputChannels, x_stride: shape.outputChannels,
          height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.outputChannels),
          remainders: shape.outputHasRemainders ? remainders.baseAddress : nil)
        run(problem, kernels, to: tensor, worker: worker, of: workerCount)
      }
    }
  }

  private func run(
    _ problem: ConvolutionProblem, _ kernels: KernelSet, to output: rn8_tensor, worker: Int, of workerCount: Int
  ) {
    let shape = problem.shape
    let windowShape = shape.windowShape
    let (rowBytes, channels) = (problem.input.width * shape.channels, shape.channels)
    problem.input.codes.withUnsafeBufferPointer { input in
      problem.weights.withUnsafeBufferPointer { weights in
        problem.shortcut.codes.withUnsafeBufferPointer { shortcut in
          problem.shortcutRemainders.codes.withUnsafeBufferPointer { shortcutRemainders in
            problem.projectionWeights.withUnsafeBufferPointer { projectionWeights in
              problem.parameters.withUnsafeBytes { parameters in
                var convolution = rn8_convolution()
                convolution.window = rn8_window(
                  input: input.baseAddress, weights: weights.baseAddress, y_stride: shape.stride * rowBytes,
                  x_stride: shape.stride * channels, row_stride: shape.dilation * rowBytes,
                  column_stride: shape.dilation * channels, group_stride: channels / shape.groups,
                  rows: Int32(windowShape.rows), columns: Int32(windowShape.columns), length: Int32(windowShape.length),
                  blocks_per_group: Int32(shape.blocks / shape.groups))
                convolution.output = output
                convolution.parameters = parameters.baseAddress!.assumingMemoryBound(to: UInt8.self)
                convolution.parameter_stride = shape.parameterRows * 64
                let from = problem.shortcut
                func projection(of codes: UnsafePointer<UInt8>?) -> rn8_window {
                  rn8_window(
                    input: codes, weights: projectionWeights.baseAddress, y_stride: 2 * from.width * from.channels,
                    x_stride: 2 * from.channels, row_stride: 0, column_stride: 0, group_stride: 0, rows: 1, columns: 1,
                    length: Int32(from.channels), blocks_per_group: Int32(shape.blocks))
                }
                switch shape.shortcut {
                case .none: break
                case .inPlace:
                  convolution.shortcut = output
                  if !shape.outputHasRemainders && shape.shortcutHasRemainders {
                    convolution.shortcut.remainders = UnsafeMutablePointer(mutating: shortcutRemainders.baseAddress)
                  }
                case .identity:
                  convolution.shortcut = rn8_tensor(
                    codes: UnsafeMutablePointer(mutating: shortcut.baseAddress), y_stride: from.width * from.channels,
                    x_stride: from.channels, height: Int32(shape.height), width: Int32(shape.width),
                    channels: Int32(from.channels),
                    remainders: shape.shortcutHasRemainders
                      ? UnsafeMutablePointer(mutating: shortcutRemainders.baseAddress) : nil)
                case .projection:
                  convolution.projection = projection(of: shortcut.baseAddress)
                  if shape.shortcutHasRemainders {
                    convolution.projection_remainders = projection(of: shortcutRemainders.baseAddress)
                  }
                }
                var operation = rn8_operation()
                operation.kind = RN8_CONVOLUTION
                operation.convolution = convolution
                kernels.run(operation, worker: worker, of: workerCount)
              }
            }
          }
        }
      }
    }
  }

  /// Runs a problem and compares every byte of the output memory.
  ///
  /// - Returns: how many of the expected codes are 0, how many are 255, and how many there are.
  @discardableResult
  private func check(_ problem: ConvolutionProblem, _ kernels: KernelSet) -> (low: Int, high: Int, count: Int) {
    let shape = problem.shape
    var expected = output(problem, filledWith: 0xa5)
    var actual = expected
    var codes: [UInt8] = []
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        for channel in 0..<shape.outputChannels {
          let (code, remainder) = problem.expected(y, x, channel)
          codes.append(code)
          expected.codes[address(shape, y, x) + channel] = code
          if shape.outputHasRemainders { expected.remainders[codes.count - 1] = remainder }
        }
      }
    }
    run(problem, kernels, to: &actual)
    if let place = actual.codes.indices.first(where: { actual.codes[$0] != expected.codes[$0] }) {
      let pixel = place / shape.outputChannels
      let rowPixels = shape.width + 2 * Self.margin
      Issue.record(
        """
        \(kernels), \(shape): row \(pixel / rowPixels - Self.margin), column \(pixel % rowPixels - Self.margin), \
        channel \(place % shape.outputChannels) is \(actual.codes[place]), not \(expected.codes[place])
        """)
    }
    if let place = actual.remainders.indices.first(where: { actual.remainders[$0] != expected.remainders[$0] }) {
      let (pixel, channel) = place.quotientAndRemainder(dividingBy: shape.outputChannels)
      Issue.record(
        """
        \(kernels), \(shape): the remainder of row \(pixel / shape.width), column \(pixel % shape.width), channel \
        \(channel) is \(actual.remainders[place]), not \(expected.remainders[place])
        """)
    }
    return (codes.count { $0 == 0 }, codes.count { $0 == 255 }, codes.count)
  }

  private func random(_ shape: ConvolutionProblem.Shape, seed: UInt64 = 1) -> ConvolutionProblem {
    var (codes, weights, parameters) = (
      SeededGenerator(state: seed), SeededGenerator(state: seed + 1), SeededGenerator(state: seed + 2)
    )
    return ConvolutionProblem(
      shape, codes: { codes.bytes($0) }, weights: { weights.weights($0) }, random: &parameters)
  }

  /// Tiles have 1 to 6, 12, 16, 32 or 64 pixels and 1, 2 or 4 blocks. The sizes here are below, at and above each.
  @Test(arguments: KernelSet.available, [1, 2, 3, 4, 5, 7])
  func tileSizes(_ kernels: KernelSet, blocks: Int) {
    for pixels in [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 15, 16, 17, 25, 33, 70] {
      for kernel in [1, 3] {
        check(random(.init(height: 1, width: pixels, blocks: blocks, kernel: kernel)), kernels)
      }
    }
    check(random(.init(height: 5, width: 5, blocks: blocks)), kernels)
    check(random(.init(height: 13, width: 1, blocks: blocks)), kernels)
  }

  @Test(arguments: KernelSet.available, [1, 2, 3, 5, 7])
  func windows(_ kernels: KernelSet, kernel: Int) {
    for stride in 1...3 {
      for dilation in 1...3 {
        check(random(.init(kernel: kernel, stride: stride, dilation: dilation)), kernels)
      }
      // Images have 1 to 4 channels. Rows of a window whose bytes are no multiple of 4 read on into what follows.
      for channels in 1...4 { check(random(.init(channels: channels, kernel: kernel, stride: stride)), kernels) }
    }
  }

  @Test(arguments: KernelSet.available, [(64, 4, 2), (64, 4, 4), (48, 6, 3), (32, 8, 1), (16, 10, 2)])
  func groups(_ kernels: KernelSet, _ shape: (channels: Int, blocks: Int, groups: Int)) {
    for dilation in 1...2 {
      for stride in 1...2 {
        check(
          random(
            .init(
              height: 3, width: 5, channels: shape.channels, blocks: shape.blocks, stride: stride, dilation: dilation,
              groups: shape.groups)), kernels)
      }
    }
  }

  @Test(arguments: KernelSet.available, [ConvolutionProblem.Shortcut.identity, .inPlace, .projection])
  func shortcuts(_ kernels: KernelSet, shortcut: ConvolutionProblem.Shortcut) {
    for blocks in [1, 2, 3, 4, 7] {
      for (height, width) in [(1, 1), (2, 3), (1, 7), (3, 4), (5, 5)] {
        check(random(.init(height: height, width: width, blocks: blocks, kernel: 1, shortcut: shortcut)), kernels)
        check(random(.init(height: height, width: width, blocks: blocks, shortcut: shortcut)), kernels)
      }
    }
  }

  @Test(arguments: KernelSet.available, [ConvolutionProblem.Shortcut.none, .identity, .inPlace, .projection])
  func remainders(_ kernels: KernelSet, shortcut: ConvolutionProblem.Shortcut) {
    for (ofShortcut, ofOutput) in [(false, true), (true, false), (true, true)] {
      // What lies in place of the output's remainders cannot be there without them.
      if shortcut == .none && ofShortcut || shortcut == .inPlace && !ofShortcut { continue }
      for blocks in [1, 2, 3, 4, 7] {
        for (height, width) in [(1, 1), (2, 3), (1, 7), (3, 4), (5, 5), (4, 16)] {
          for kernel in [1, 3] {
            let shape = ConvolutionProblem.Shape(
              height: height, width: width, blocks: blocks, kernel: kernel, shortcut: shortcut,
              shortcutHasRemainders: ofShortcut, outputHasRemainders: ofOutput)
            check(random(shape), kernels)
          }
        }
      }
    }
  }

  /// The sums are as large as a layer can make them. The layer is a ResNet's deepest, 3x3 on 512 channels.
  @Test(arguments: KernelSet.available, [Int8(-128), -127, 127])
  func extremes(_ kernels: KernelSet, weight: Int8) {
    var random = SeededGenerator(state: 9)
    for code: UInt8 in [0, 255] {
      for shortcut in [ConvolutionProblem.Shortcut.none, .identity, .projection] {
        for hasRemainders in [false, true] {
          let shape = ConvolutionProblem.Shape(
            channels: 512, blocks: 4, shortcut: shortcut, shortcutHasRemainders: hasRemainders,
            outputHasRemainders: hasRemainders)
          check(
            ConvolutionProblem(
              shape, codes: { .init(repeating: code, count: $0) }, weights: { .init(repeating: weight, count: $0) },
              random: &random), kernels)
        }
      }
    }
  }

  /// Random problems have codes that are saturated at 0 and at 255, and codes that are not saturated. The other tests
  /// would be worth little if all their codes were saturated, or none.
  @Test(arguments: KernelSet.available)
  func codesSaturateBothWays(_ kernels: KernelSet) {
    let seen = check(random(.init(height: 6, width: 6, channels: 64, blocks: 4)), kernels)
    #expect(seen.low > seen.count / 20)
    #expect(seen.high > seen.count / 20)
    #expect(seen.count - seen.low - seen.high > seen.count / 20)
  }

  /// Exactly one worker writes each byte of the output, and no worker writes a byte beside it.
  @Test(arguments: KernelSet.available, [1, 2, 3, 8, 50])
  func workersShareTheOutput(_ kernels: KernelSet, workerCount: Int) {
    for shape in [
      ConvolutionProblem.Shape(height: 5, width: 7, blocks: 7),
      .init(height: 5, width: 7, blocks: 7, outputHasRemainders: true), .init(height: 2, width: 6, blocks: 4),
      .init(height: 1, width: 1), .init(height: 5, width: 7, channels: 32, blocks: 6, groups: 2),
    ] {
      let problem = random(shape)
      var whole = output(problem, filledWith: 0)
      run(problem, kernels, to: &whole)
      var (codeWriters, remainderWriters) = (
        [Int](repeating: 0, count: whole.codes.count), [Int](repeating: 0, count: whole.remainders.count)
      )
      for worker in 0..<workerCount {
        // A byte that is the same in both memories was written, since the memories differed before.
        var (zeros, ones) = (output(problem, filledWith: 0), output(problem, filledWith: 255))
        run(problem, kernels, to: &zeros, worker: worker, of: workerCount)
        run(problem, kernels, to: &ones, worker: worker, of: workerCount)
        for place in zeros.codes.indices where zeros.codes[place] == ones.codes[place] {
          codeWriters[place] += 1
          #expect(zeros.codes[place] == whole.codes[place])
        }
        for place in zeros.remainders.indices where zeros.remainders[place] == ones.remainders[place] {
          remainderWriters[place] += 1
          #expect(zeros.remainders[place] == whole.remainders[place])
        }
      }
      var expected = [Int](repeating: 0, count: whole.codes.count)
      for y in 0..<shape.height {
        let start = address(shape, y, 0)
        for place in start..<start + shape.width * shape.outputChannels { expected[place] = 1 }
      }
      #expect(codeWriters == expected, "\(shape) by \(workerCount) workers")
      let isWritten = remainderWriters.indices.map { $0 < remainderWriters.count - 64 ? 1 : 0 }
      #expect(remainderWriters == isWritten, "remainders of \(shape) by \(workerCount) workers")
    }
  }
}
