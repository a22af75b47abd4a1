import Graphs

/// Floats at a cache line's boundary, zero at first.
final class AlignedFloats: @unchecked Sendable {
  // Sendable because weights are written only while their owner is made, and a workspace is not shared.
  let pointer: UnsafeMutablePointer<Float>

  init(count: Int) {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    pointer = bytes.bindMemory(to: Float.self, capacity: count)
    pointer.initialize(repeating: 0, count: count)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}

/// Where a tensor's elements lie: NHWC, inside a halo of zeros as wide as the padding of the convolutions that read it.
/// Channels are padded with zeros to whole vectors, but for the input image's.
struct FloatTensorLayout: Sendable {
  let shape: TensorShape
  let halo: Int
  /// Floats from a pixel to the next: stored channels.
  let xStride: Int

  /// Floats from a row to the next.
  var yStride: Int { (shape.width + 2 * halo) * xStride }
  /// Of the first pixel inside the halo.
  var origin: Int { halo * (yStride + xStride) }
  var count: Int { (shape.height + 2 * halo) * yStride }

  /// The layouts of all tensors of a graph.
  static func all(of graph: Graph, shapes: [TensorShape]) -> [FloatTensorLayout] {
    let halos = graph.halos
    return shapes.enumerated().map { index, shape in
      FloatTensorLayout(
        shape: shape, halo: halos[index], xStride: index == 0 ? shape.channels : (shape.channels + 15) / 16 * 16)
    }
  }
}

/// A look at one tensor of a network that is running; valid only inside the call it was passed to.
public struct FloatTensorView {
  public let shape: TensorShape
  /// Floats from a pixel to the next, at least `shape.channels`.
  public let xStride: Int
  private let first: UnsafePointer<Float>
  private let yStride: Int

  init(_ layout: FloatTensorLayout, _ memory: UnsafePointer<Float>) {
    shape = layout.shape
    xStride = layout.xStride
    first = memory + layout.origin
    yStride = layout.yStride
  }

  /// The channels of one pixel.
  public func pixel(_ y: Int, _ x: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: first + y * yStride + x * xStride, count: shape.channels)
  }

  /// Calls `body` with runs of elements that together are the tensor in HWC order.
  public func forEachRun(_ body: (UnsafeBufferPointer<Float>) -> Void) {
    for y in 0..<shape.height {
      if xStride == shape.channels {
        body(UnsafeBufferPointer(start: first + y * yStride, count: shape.width * shape.channels))
      } else {
        for x in 0..<shape.width { body(pixel(y, x)) }
      }
    }
  }

  /// All elements in HWC order.
  public var values: [Float] {
    var values: [Float] = []
    values.reserveCapacity(shape.count)
    forEachRun { values.append(contentsOf: $0) }
    return values
  }
}
