/// Memory on the stack for `count` vectors of 64 bytes, aligned to 64 bytes.
///
/// Swift aligns vectors to 16 bytes. To load or store one that lies in two cache lines takes twice the time: with sums that
/// are aligned, ResNet-18 takes 5 % less on AMX, and CIFAR ResNet-20 7 % less on AVX-512 (Xeon).
public enum AlignedVectors<let count: Int> {
  @inlinable @inline(__always)
  public static func with(_ body: (UnsafeMutableRawPointer) -> Void) {
    var memory = (InlineArray<count, SIMD16<Int32>>.uninitialized, SIMD16<Int32>.zero)
    withUnsafeMutableBytes(of: &memory) { body($0.baseAddress!.alignedUp(toMultipleOf: 64)) }
  }
}

extension InlineArray where Element: BitwiseCopyable {
  /// An array of any values, which takes no time to make.
  @inlinable @inline(__always)
  public static var uninitialized: Self {
    Self { $0.withUnsafeMutableBufferPointer { buffer, initializedCount in initializedCount = buffer.count } }
  }
}
