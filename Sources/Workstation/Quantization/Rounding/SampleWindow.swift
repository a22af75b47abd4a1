import Graphs
import ModelFormat

/// Where the weights of one group of a convolution meet the bytes of its input tensor.
struct SampleWindow {
  /// For each weight of an output channel, in the order HWI, the offset of its byte from the window's first pixel.
  let offsets: [Int]
  private let convolution: Convolution
  private let input: TensorRecord

  init(_ convolution: Convolution, group: Int, of input: TensorRecord) {
    self.convolution = convolution
    self.input = input
    let channels = convolution.inputChannels / convolution.groups
    offsets = (0..<convolution.kernelHeight).flatMap { row in
      (0..<convolution.kernelWidth).flatMap { column in
        let pixel = convolution.dilation * (row * input.rowStride + column * Int(input.channels))
        return (0..<channels).map { pixel + group * channels + $0 }
      }
    }
  }

  /// Returns the offset of the window of an output pixel from the tensor's first pixel.
  func start(_ pixel: (y: Int, x: Int)) -> Int {
    func place(_ coordinate: Int) -> Int { coordinate * convolution.stride - convolution.padding }
    return place(pixel.y) * input.rowStride + place(pixel.x) * Int(input.channels)
  }
}

/// The output pixels that are sampled: equally many of each image, spread evenly over it.
package struct SamplePlaces {
  /// The number of pixels of each image.
  package let count: Int
  private let shape: TensorShape

  /// - Parameters:
  ///   - shape: the output's.
  ///   - total: about how many pixels of all images together are wanted.
  package init(_ shape: TensorShape, imageCount: Int, total: Int) {
    self.shape = shape
    count = min(shape.height * shape.width, (total + imageCount - 1) / imageCount)
  }

  /// Returns a pixel.
  ///
  /// - Parameter place: 0 ..< `count`.
  package func pixel(_ place: Int, image: Int) -> (y: Int, x: Int) {
    let pixelCount = shape.height * shape.width
    // Multiples of the golden ratio, without their whole part, spread evenly whatever their number.
    let shift = (Double(image) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
    let index = count == pixelCount ? place : Int((Double(place) + shift) * Double(pixelCount) / Double(count))
    return (index / shape.width, index % shape.width)
  }
}

/// Codes that a convolution reads: a row for each byte of its window, a column for each sampled output pixel.
package final class SampleMatrix {
  package let rowCount: Int
  package let columnCount: Int
  /// The bytes from a row to the next, a multiple of 64. Those past the columns are 0.
  let stride: Int
  private let memory: UnsafeMutablePointer<UInt8>

  package init(rowCount: Int, columnCount: Int) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    stride = (columnCount + 63) / 64 * 64
    memory = .allocate(capacity: max(rowCount * stride, 1))
    memory.initialize(repeating: 0, count: rowCount * stride)
  }

  deinit { memory.deallocate() }

  package subscript(row: Int) -> UnsafeMutablePointer<UInt8> { memory + row * stride }
}
