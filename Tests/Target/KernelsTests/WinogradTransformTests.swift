import CKernels
import Kernels
import ResNetInt8
import TestSupport
import Testing

/// The transforms of codes and weights are those of docs/winograd.md, also where their numbers are the largest. All channels
/// have the same codes and weights here, so that their order does not matter.
@Suite struct WinogradTransformTests {
  /// The rows of B^T for the points that a tile of so many pixels has.
  private static let codeMatrices: [Int: [(point: Int, row: [Int])]] = [
    4: [
      (0, [4, 0, -5, 0, 1, 0]), (1, [0, 4, 4, -1, -1, 0]), (2, [0, -4, 4, 1, -1, 0]), (3, [0, -2, -1, 2, 1, 0]),
      (4, [0, 2, -1, -2, 1, 0]), (5, [0, 4, 0, -5, 0, 1]),
    ],
    3: [
      (0, [2, -1, -2, 1, 0]), (1, [0, 2, 1, -1, 0]), (2, [0, -2, 3, -1, 0]), (3, [0, -1, 0, 1, 0]),
      (5, [0, 2, -1, -2, 1]),
    ],
    2: [(0, [1, 0, -1, 0]), (1, [0, 1, 1, 0]), (2, [0, -1, 1, 0]), (5, [0, -1, 0, 1])],
  ]
  /// The rows of G'.
  private static let weightMatrix = [[1, 0, 0], [1, 1, 1], [1, -1, 1], [1, 2, 4], [1, -2, 4], [0, 0, 1]]

  /// Codes are 0 and 255, so that the number of each position is the largest it can be, and the smallest.
  @Test(arguments: KernelSet.withWinograd, [(4, 4), (4, 3), (4, 2), (3, 4), (3, 3), (3, 2), (2, 4), (2, 3), (2, 2)])
  func codes(_ kernels: KernelSet, size: (height: Int, width: Int)) {
    let (height, width) = size
    let (rows, columns) = (Self.codeMatrices[height]!, Self.codeMatrices[width]!)
    var (least, most) = (0, 0)
    for (_, ofRows) in rows {
      for (_, ofColumns) in columns {
        for sign in [1, -1] {
          let codes = ofRows.map { a in ofColumns.map { b in sign * a * b > 0 ? 255 : 0 } }
          let transformed = Self.transform(codes, kernels, height: height, width: width)
          for (i, a) in rows {
            for (j, b) in columns {
              let expected = Self.product(a, codes, b)
              (least, most) = (min(least, expected), max(most, expected))
              #expect(transformed[6 * i + j].allSatisfy { Int($0) == expected }, "(\(i), \(j)) of \(codes)")
            }
          }
        }
      }
    }
    if height == 4 && width == 4 { #expect(least == -12_750 && most == 17_340) }
  }

  /// Weights are -128 and 127, so that the number of each position is the largest it can be, and the smallest.
  @Test(arguments: KernelSet.withWinograd)
  func weights(_ kernels: KernelSet) {
    var (least, most) = (0, 0)
    for ofRows in Self.weightMatrix {
      for ofColumns in Self.weightMatrix {
        for sign in [1, -1] {
          let taps = ofRows.map { a in ofColumns.map { b in sign * a * b > 0 ? 127 : -128 } }
          let transformed = Self.transform(taps, kernels)
          for (i, a) in Self.weightMatrix.enumerated() {
            for (j, b) in Self.weightMatrix.enumerated() {
              let expected = Self.product(a, taps, b)
              (least, most) = (min(least, expected), max(most, expected))
              #expect(transformed[6 * i + j].allSatisfy { Int($0) == expected }, "(\(i), \(j)) of \(taps)")
            }
          }
        }
      }
    }
    // 20 of 49 parts of the largest one have weights of -128.
    #expect(least == 49 * -128 && most == 29 * 127 + 20 * 128)
  }

  /// Returns the sum of a[y] * numbers[y][x] * b[x].
  private static func product(_ a: [Int], _ numbers: [[Int]], _ b: [Int]) -> Int {
    zip(a, numbers).reduce(0) { sum, row in sum + row.0 * zip(row.1, b).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// Returns the channels of each position of the transformed input of one tile.
  private static func transform(_ codes: [[Int]], _ kernels: KernelSet, height: Int, width: Int) -> [[Int16]] {
    let channels = 64
    let pixels = codes.flatMap { $0.flatMap { [UInt8](repeating: UInt8($0), count: channels) } }
    let map = TiledMap(height: height, width: width, channels: channels, largest: 4)
    var input = [Int16](repeating: 0, count: map.byteCount / 2)
    pixels.withUnsafeBufferPointer { pixels in
      input.withUnsafeMutableBufferPointer { input in
        var operation = rn8_operation()
        operation.kind = RN8_WINOGRAD_INPUT
        operation.winograd.convolution.window.input = pixels.baseAddress
        operation.winograd.convolution.window.y_stride = (width + 2) * channels
        operation.winograd.convolution.window.x_stride = channels
        operation.winograd.convolution.window.length = Int32(3 * channels)
        operation.winograd.convolution.output.height = Int32(height)
        operation.winograd.convolution.output.width = Int32(width)
        operation.winograd.largest_tile = 4
        operation.winograd.input = input.baseAddress
        kernels.run(operation)
      }
    }
    // Behind the last position there is room for 16 tiles.
    return positions(input, stride: (input.count - 16 * channels) / 36, count: channels)
  }

  /// Returns the weights of each position of one block.
  private static func transform(_ taps: [[Int]], _ kernels: KernelSet) -> [[Int16]] {
    let channels = 64
    let packed = taps.flatMap { $0.flatMap { [Int8](repeating: Int8($0), count: 16 * channels) } }
    var operation = rn8_operation()
    operation.kind = RN8_WINOGRAD_WEIGHTS
    operation.winograd.convolution.window.rows = 3
    operation.winograd.convolution.window.columns = 1
    operation.winograd.convolution.window.length = Int32(3 * channels)
    operation.winograd.blocks = 1
    operation.winograd.largest_tile = 4
    let stride = operation.winograd.positionBytes / 2
    var weights = [Int16](repeating: 0, count: 36 * stride)
    packed.withUnsafeBufferPointer { packed in
      weights.withUnsafeMutableBufferPointer { weights in
        operation.winograd.convolution.window.weights = packed.baseAddress
        operation.winograd.weights = weights.baseAddress
        kernels.run(operation)
      }
    }
    return positions(weights, stride: stride, count: 16 * channels)
  }

  private static func positions(_ numbers: [Int16], stride: Int, count: Int) -> [[Int16]] {
    (0..<36).map { Array(numbers[$0 * stride..<$0 * stride + count]) }
  }
}
