/// The shape of a window as the kernels walk over it: `rows` x `columns` segments of `length` contiguous bytes.
///
/// With one group and no dilation a row of the convolution's kernel is contiguous in NHWC memory, so that it is one
/// segment of `kernelWidth * channels` bytes. Otherwise each of the kernel's pixels is a segment of
/// `channels / groups` bytes. Lengths are rounded up to a multiple of 4. The bytes that this adds to a segment meet
/// zero weights.
public struct WindowShape {
  public let rows: Int
  public let columns: Int
  public let length: Int

  /// - Parameter channels: the channels of the input, which are the bytes of one of its pixels.
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

  /// The number of weights of one output channel, with the zeros that rounding adds.
  public var depth: Int { rows * columns * length }
}
