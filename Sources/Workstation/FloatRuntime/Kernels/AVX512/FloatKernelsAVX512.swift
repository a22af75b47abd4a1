import CFloatKernels
import FloatKernels

#if arch(x86_64)
  /// A vector of 16 is one of 32 registers: 24 hold sums.
  enum AVX512: FloatInstructionSet {
    @inline(__always)
    static func multiplyAdd(_ accumulator: SIMD16<Float>, _ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
      accumulator.addingProduct(a, b)
    }
  }

  @implementation @_cdecl("float_convolve_avx512")
  public func convolveAVX512(_ convolution: UnsafePointer<float_convolution>) {
    convolveImage(convolution.pointee, AVX512.self, tile: FloatTile<6, 4>.self)
  }
#endif
