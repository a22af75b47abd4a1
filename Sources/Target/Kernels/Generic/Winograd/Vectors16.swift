import CIntrinsics

// Vectors of 16 and 32 lanes are those that AVX2's and AVX-512's registers hold; every processor has 8.

extension SIMD8<Int16>: Int16Vector {
  @inlinable @inline(__always)
  public static func plus(_ a: Self, _ b: Self) -> Self { a &+ b }
  @inlinable @inline(__always)
  public static func minus(_ a: Self, _ b: Self) -> Self { a &- b }
  @inlinable @inline(__always)
  public var evenCodes: Self { rn8_even_codes_8(self) }
  @inlinable @inline(__always)
  public var oddCodes: Self { rn8_odd_codes_8(self) }
  @inlinable @inline(__always)
  public var evenWeights: Self { rn8_even_weights_8(self) }
  @inlinable @inline(__always)
  public var oddWeights: Self { rn8_odd_weights_8(self) }
}

extension SIMD16<Int16>: Int16Vector {
  @inlinable @inline(__always)
  public static func plus(_ a: Self, _ b: Self) -> Self { a &+ b }
  @inlinable @inline(__always)
  public static func minus(_ a: Self, _ b: Self) -> Self { a &- b }
  @inlinable @inline(__always)
  public var evenCodes: Self { rn8_even_codes_16(self) }
  @inlinable @inline(__always)
  public var oddCodes: Self { rn8_odd_codes_16(self) }
  @inlinable @inline(__always)
  public var evenWeights: Self { rn8_even_weights_16(self) }
  @inlinable @inline(__always)
  public var oddWeights: Self { rn8_odd_weights_16(self) }
}

extension SIMD32<Int16>: Int16Vector {
  @inlinable @inline(__always)
  public static func plus(_ a: Self, _ b: Self) -> Self { a &+ b }
  @inlinable @inline(__always)
  public static func minus(_ a: Self, _ b: Self) -> Self { a &- b }
  @inlinable @inline(__always)
  public var evenCodes: Self { rn8_even_codes_32(self) }
  @inlinable @inline(__always)
  public var oddCodes: Self { rn8_odd_codes_32(self) }
  @inlinable @inline(__always)
  public var evenWeights: Self { rn8_even_weights_32(self) }
  @inlinable @inline(__always)
  public var oddWeights: Self { rn8_odd_weights_32(self) }
}
