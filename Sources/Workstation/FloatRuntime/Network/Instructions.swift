import CFloatKernels

extension FloatNetwork {
  /// The kernels that a network runs with, named after their instructions. Results of two
  /// kernels differ in their last bits.
  public enum Instructions: String, Sendable, CaseIterable {
    // The fastest first.
    case avx512
    case avx2
    case portable

    /// The cases that this processor can run, the fastest first.
    public static var available: [Instructions] { allCases.filter { $0.kernel != nil } }

    /// The kernel; nil where this processor lacks the instructions.
    var kernel: float_convolve_function? {
      #if arch(x86_64)
        switch self {
        case .portable: convolvePortable
        case .avx2: float_cpu_has_avx2() ? convolveAVX2 : nil
        case .avx512: float_cpu_has_avx512() ? convolveAVX512 : nil
        }
      #else
        self == .portable ? convolvePortable : nil
      #endif
    }
  }
}
