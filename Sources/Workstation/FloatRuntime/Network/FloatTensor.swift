import Graphs

/// A buffer of floats that starts at a cache line (64 bytes) and is zero at first.
final class AlignedFloats: @unchecked Sendable {
  // It is Sendable because weights are written only while their owner is made, and a workspace is not shared.
  let pointer: UnsafeMutablePointer<Float>

  init(count: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    pointer = bytes.bindMemory(to: Float.self, capacity: count)
    pointer.initialize(repeating: 0, count: count)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}

/// The place of a tensor's elements in its buffer. They are NHWC, inside a halo of zeros that is as wide as
/// the padding of the convolutions that read the tensor. Channels are padded with zeros to vectors of 16,
/// except those of the input image.
struct FloatTensorLayout: Sendable {
  let shape: TensorShape
  let halo: Int
  /// The floats from a pixel to the next, which are the channels as stored.
  let xStride: Int

  /// The floats from a row to the next.
  var yStride: Int { (shape.width + 2 * halo) * xStride }
  /// The offset of the first pixel inside the halo, in floats.
  var origin: Int { halo * (yStride + xStride) }
  /// The floats of the whole buffer, halo included.
  var count: Int { (shape.height + 2 * halo) * yStride }

  /// The bytes of the whole buffer. They need not fit an Int.
  var byteCount: Double {
    Double(shape.height + 2 * halo) * Double(shape.width + 2 * halo) * Double(xStride * MemoryLayout<Float>.stride)
  }

  /// Returns the layouts of all tensors of a graph.
  static func all(of graph: Graph, shapes: [TensorShape]) -> [FloatTensorLayout] {
    let halos = graph.halos
    return shapes.enumerated().map { index, shape in
      FloatTensorLayout(
        shape: shape, halo: halos[index], xStride: index == 0 ? shape.channels : (shape.channels + 15) / 16 * 16)
    }
  }
}

/// A view of one tensor of a network that is running. It is valid only inside the call that it was passed to.
public struct FloatTensorView {
  public let shape: TensorShape
  /// The floats from a pixel to the next, at least `shape.channels`.
  public let xStride: Int
  private let first: UnsafePointer<Float>
  private let yStride: Int

  init(_ layout: FloatTensorLayout, _ memory: UnsafePointer<Float>) {
    shape = layout.shape
    xStride = layout.xStride
    first = memory + layout.origin
    yStride = layout.yStride
  }

  /// Returns the channels of one pixel.
  public func pixel(_ y: Int, _ x: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: first + y * yStride + x * xStride, count: shape.channels)
  }

  /// Calls `body` with contiguous runs of elements, which together are the tensor in HWC order.
  public func forEachRun(_ body: (UnsafeBufferPointer<Float>) -> Void) {
    for y in 0..<shape.height {
      if xStride == shape.channels {
        body(UnsafeBufferPointer(start: first + y * yStride, count: shape.width * shape.channels))
      } else {
        for x in 0..<shape.width { body(pixel(y, x)) }
      }
    }
  }

  /// The smallest and the largest element. One of them is NaN where an element is.
  public var range: (low: Float, high: Float) {
    // Keys are integers in the order of the floats they stand for. Keys of NaN lie outside all others.
    var (low, high) = (Int32.max, Int32.min)
    forEachRun { run in
      for value in run {
        let bits = Int32(bitPattern: value.bitPattern)
        let key = bits ^ ((bits >> 31) & Int32.max)
        low = min(low, key)
        high = max(high, key)
      }
    }
    func float(_ key: Int32) -> Float { Float(bitPattern: UInt32(bitPattern: key ^ ((key >> 31) & Int32.max))) }
    return (float(low), float(high))
  }

  /// The mean of each channel.
  public var channelMeans: [Float] {
    var means = [Float](repeating: 0, count: shape.channels)
    for y in 0..<shape.height {
      var sums = [Float](repeating: 0, count: shape.channels)
      for x in 0..<shape.width {
        let pixel = pixel(y, x)
        for channel in sums.indices { sums[channel] += pixel[channel] }
      }
      for channel in sums.indices { means[channel] += sums[channel] / Float(shape.height * shape.width) }
    }
    return means
  }

  /// All elements in HWC order.
  public var values: [Float] {
    var values: [Float] = []
    values.reserveCapacity(shape.count)
    forEachRun { values.append(contentsOf: $0) }
    return values
  }
}
