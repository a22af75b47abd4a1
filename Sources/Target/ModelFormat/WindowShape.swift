/// A window as the kernels walk it: `rows` x `columns` segments of `length` contiguous bytes.
///
/// Without groups and dilation a row of the kernel is contiguous in NHWC memory, so that it is one segment of
/// `kernelWidth * channels` bytes. Lengths are rounded up to whole groups of 4 bytes; the bytes read beyond meet zero
/// weights.
public struct WindowShape {
  public let rows: Int
  public let columns: Int
  public let length: Int

  /// - Parameter channels: bytes of one pixel of the input.
  public init(_ window: WindowRecord, channels: Int) {
    rows = Int(window.kernelHeight)
    if window.groups == 1 && window.dilation == 1 {
      columns = 1
      length = (Int(window.kernelWidth) * channels + 3) / 4 * 4
    } else {
      columns = Int(window.kernelWidth)
      length = (channels / Int(window.groups) + 3) / 4 * 4
    }
  }

  /// Weights that one output channel has, zeros of rounding included.
  public var depth: Int { rows * columns * length }
}
