import CKernels
import Kernels
import ModelFormat
import ResNetInt8
import TestSupport
import Testing

/// Runs convolutions and compares them with what is expected.
enum ConvolutionRun {
  /// The ways to compute a convolution.
  enum Algorithm {
    case direct
    /// Winograd's, of tiles up to a size, with the weights of so many blocks transformed at a time.
    case winograd(largest: Int, blocks: Int)

    func run(_ convolution: rn8_convolution, _ kernels: KernelSet, worker: Int, of workerCount: Int) {
      var operation = rn8_operation()
      switch self {
      case .direct:
        operation.kind = RN8_CONVOLUTION
        operation.convolution = convolution
        kernels.run(operation, worker: worker, of: workerCount)
      case .winograd(let largest, let blocks):
        runWinograd(convolution, kernels, largest: largest, blocks: blocks, worker: worker, of: workerCount)
      }
    }

    /// All workers transform input and weights before the one that is asked for computes its share of the output. Scratch
    /// holds garbage before. Behind each part of it lie numbers that no kernel may touch.
    private func runWinograd(
      _ convolution: rn8_convolution, _ kernels: KernelSet, largest: Int, blocks: Int, worker: Int, of workerCount: Int
    ) {
      var operation = rn8_operation()
      operation.winograd.convolution = convolution
      operation.winograd.largest_tile = Int32(largest)
      let output = convolution.output
      let channels = Int(convolution.window.length) / 3
      let map = TiledMap(height: Int(output.height), width: Int(output.width), channels: channels, largest: largest)
      let weightCount = blocks * operation.winograd.blockBytes / 2
      let productCount = 1 << 16
      var input = [Int16](repeating: 0x5aa5, count: map.byteCount / 2 + 64)
      var weights = [Int16](repeating: 0x5aa5, count: weightCount + 64)
      var products = [Int32](repeating: 0x5aa5_a55a, count: productCount + 64)
      input.withUnsafeMutableBufferPointer { input in
        weights.withUnsafeMutableBufferPointer { weights in
          products.withUnsafeMutableBufferPointer { products in
            (operation.winograd.input, operation.winograd.weights) = (input.baseAddress, weights.baseAddress)
            (operation.winograd.products, operation.winograd.product_bytes) = (products.baseAddress, 4 * productCount)
            operation.kind = RN8_WINOGRAD_INPUT
            for other in 0..<workerCount { kernels.run(operation, worker: other, of: workerCount) }
            let blockCount = Int(output.channels) / 16
            for first in stride(from: 0, to: blockCount, by: blocks) {
              operation.winograd.first_block = Int32(first)
              operation.winograd.blocks = Int32(min(blocks, blockCount - first))
              operation.kind = RN8_WINOGRAD_WEIGHTS
              for other in 0..<workerCount { kernels.run(operation, worker: other, of: workerCount) }
              operation.kind = RN8_WINOGRAD_OUTPUT
              kernels.run(operation, worker: worker, of: workerCount)
            }
          }
        }
      }
      #expect(input[(map.byteCount / 2)...].allSatisfy { $0 == 0x5aa5 }, "\(kernels): behind the transformed input")
      #expect(weights[weightCount...].allSatisfy { $0 == 0x5aa5 }, "\(kernels): behind the transformed weights")
      #expect(products[productCount...].allSatisfy { $0 == 0x5aa5_a55a }, "\(kernels): behind the sums of products")
    }
  }

  static let margin = 2

  /// The memory that a convolution writes.
  struct Output: Equatable {
    /// With a border of two pixels around it that no kernel may touch.
    var codes: [UInt8]
    /// Without a border. Behind them lie 64 bytes that no kernel may touch. Empty where the output has none.
    var remainders: [UInt8]
  }

  static func output(_ problem: ConvolutionProblem, filledWith byte: UInt8) -> Output {
    let shape = problem.shape
    var output = Output(
      codes: [UInt8](
        repeating: byte,
        count: (shape.height + 2 * margin) * (shape.width + 2 * margin) * shape.outputChannels),
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

  static func address(_ shape: ConvolutionProblem.Shape, _ y: Int, _ x: Int) -> Int {
    ((y + margin) * (shape.width + 2 * margin) + x + margin) * shape.outputChannels
  }

  static func run(
    _ problem: ConvolutionProblem, _ kernels: KernelSet, by algorithm: Algorithm = .direct, to output: inout Output,
    worker: Int = 0, of workerCount: Int = 1
  ) {
    let shape = problem.shape
    output.codes.withUnsafeMutableBufferPointer { codes in
      output.remainders.withUnsafeMutableBufferPointer { remainders in
        let tensor = rn8_tensor(
          codes: codes.baseAddress! + address(shape, 0, 0),
          y_stride: (shape.width + 2 * margin) * shape.outputChannels, x_stride: shape.outputChannels,
          height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.outputChannels),
          remainders: shape.outputHasRemainders ? remainders.baseAddress : nil)
        withConvolution(problem, to: tensor) { algorithm.run($0, kernels, worker: worker, of: workerCount) }
      }
    }
  }

  private static func withConvolution(
    _ problem: ConvolutionProblem, to output: rn8_tensor, _ body: (rn8_convolution) -> Void
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
                  blocks_per_group: Int32(shape.blocks / shape.groups), sorted_places: nil)
                convolution.output = output
                convolution.parameters = parameters.baseAddress!.assumingMemoryBound(to: UInt8.self)
                convolution.parameter_stride = shape.parameterRows * 64
                let from = problem.shortcut
                func projection(of codes: UnsafePointer<UInt8>?) -> rn8_window {
                  rn8_window(
                    input: codes, weights: projectionWeights.baseAddress, y_stride: 2 * from.width * from.channels,
                    x_stride: 2 * from.channels, row_stride: 0, column_stride: 0, group_stride: 0, rows: 1, columns: 1,
                    length: Int32(from.channels), blocks_per_group: Int32(shape.blocks), sorted_places: nil)
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
                body(convolution)
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
  static func check(
    _ problem: ConvolutionProblem, _ kernels: KernelSet, by algorithm: Algorithm = .direct
  ) -> (low: Int, high: Int, count: Int) {
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
    run(problem, kernels, by: algorithm, to: &actual)
    if let place = actual.codes.indices.first(where: { actual.codes[$0] != expected.codes[$0] }) {
      let pixel = place / shape.outputChannels
      let rowPixels = shape.width + 2 * margin
      Issue.record(
        """
        \(kernels), \(algorithm), \(shape): row \(pixel / rowPixels - margin), column \(pixel % rowPixels - margin), \
        channel \(place % shape.outputChannels) is \(actual.codes[place]), not \(expected.codes[place])
        """)
    }
    if let place = actual.remainders.indices.first(where: { actual.remainders[$0] != expected.remainders[$0] }) {
      let (pixel, channel) = place.quotientAndRemainder(dividingBy: shape.outputChannels)
      Issue.record(
        """
        \(kernels), \(algorithm), \(shape): the remainder of row \(pixel / shape.width), column \(pixel % shape.width), channel \
        \(channel) is \(actual.remainders[place]), not \(expected.remainders[place])
        """)
    }
    return (codes.count { $0 == 0 }, codes.count { $0 == 255 }, codes.count)
  }
}
