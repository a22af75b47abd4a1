import CFloatKernels
import FloatKernels

/// Any processor. It multiplies, then adds: a fused multiply-add would be a slow library call.
///
/// A vector of 16 floats takes 4 of SSE's 16 registers. The 16 hold the sums of 2 pixels, one vector of
/// weights and one broadcast value.
enum Portable: FloatInstructionSet {
  @inline(__always)
  static func multiplyAdd(_ accumulator: SIMD16<Float>, _ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    accumulator + a * b
  }
}

@implementation @_cdecl("float_convolve_portable")
public func convolvePortable(_ convolution: UnsafePointer<float_convolution>) {
  convolveImage(convolution.pointee, Portable.self, tile: FloatTile<2, 1>.self)
}
