import CFloatKernels
import FloatKernels

#if arch(x86_64)
  /// AVX2 with FMA. A vector of 16 floats takes 2 of 16 registers. The 6 x 1 sums of a tile take 12.
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
