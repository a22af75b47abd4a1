#if arch(arm64)
  import CIntrinsics

  /// The stores of codes that every AArch64 processor has, whatever its dot product.
  public protocol NEONStore: InstructionSet {}

  extension NEONStore {
    @inlinable @inline(__always)
    public static func storeCodes<let blocks: Int>(
      _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
      to codes: UnsafeMutableRawPointer
    ) {
      for b in 0..<blocks { rn8_store_codes_neon(codes + b * 16, values[b], multiplier[b]) }
    }

    @inlinable @inline(__always)
    public static func storeCodes<let blocks: Int>(
      _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
      to codes: UnsafeMutableRawPointer, remainders: UnsafeMutableRawPointer
    ) {
      for b in 0..<blocks {
        rn8_store_fine_codes_neon(codes + b * 16, remainders + b * 16, values[b], multiplier[b])
      }
    }
  }
#endif
