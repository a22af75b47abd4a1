import CFloatKernels
import FloatKernels

#if arch(x86_64)
  /// AVX-512. A vector of 16 floats takes 1 of 32 registers. The 6 x 4 sums of a tile take 24.
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
