import CFloatKernels
import FloatKernels

#if arch(x86_64)
  /// A vector of 16 takes 2 of 16 registers: 12 hold sums.
  enum AVX2: FloatInstructionSet {
    @inline(__always)
    static func multiplyAdd(_ accumulator: SIMD16<Float>, _ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
      accumulator.addingProduct(a, b)
    }
  }

  @implementation @_cdecl("float_convolve_avx2")
  public func convolveAVX2(_ convolution: UnsafePointer<float_convolution>) {
    convolveImage(convolution.pointee, AVX2.self, tile: FloatTile<6, 1>.self)
  }
#endif
