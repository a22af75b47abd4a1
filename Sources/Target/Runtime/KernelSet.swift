import CIntrinsics
import CKernels

/// The kernels in this library: one function of `CKernels` an instruction set, all with the same results.
package enum KernelChoice: UInt8 {
  // Fastest first.
  case amx
  case avx512VNNI
  case avxVNNI
  case avx2
  case neonDotProduct
  case neon
  case portable

  /// The first that the processor supports.
  static var best: KernelChoice {
    let processor = rn8_detect_processor()
    var index: UInt8 = 0
    while let kernels = KernelChoice(rawValue: index), !kernels.isSupported(by: processor) { index += 1 }
    return KernelChoice(rawValue: index) ?? .portable
  }

  /// The kernels of a NUL-terminated name.
  init?(named name: UnsafePointer<CChar>) {
    var index: UInt8 = 0
    while let kernels = KernelChoice(rawValue: index) {
      if kernels.hasName(name) {
        self = kernels
        return
      }
      index += 1
    }
    return nil
  }

  /// NUL-terminated.
  package var name: StaticString {
    switch self {
    case .amx: "amx"
    case .avx512VNNI: "avx512vnni"
    case .avxVNNI: "avxvnni"
    case .avx2: "avx2"
    case .neonDotProduct: "neondot"
    case .neon: "neon"
    case .portable: "portable"
    }
  }

  package var isSupported: Bool { isSupported(by: rn8_detect_processor()) }

  private func isSupported(by processor: rn8_processor) -> Bool {
    switch self {
    case .amx: processor.amx != 0 && rn8_allow_tiles() != 0
    case .avx512VNNI: processor.avx512vnni != 0
    case .avxVNNI: processor.avxvnni != 0
    case .avx2: processor.avx2 != 0
    case .neonDotProduct: processor.neondot != 0
    case .neon: processor.neon != 0
    case .portable: true
    }
  }

  package func run(_ operation: UnsafePointer<rn8_operation>, worker: Int32, of workerCount: Int32) {
    switch self {
    #if arch(x86_64)
      case .amx: rn8_kernels_amx(operation, worker, workerCount)
      case .avx512VNNI: rn8_kernels_avx512vnni(operation, worker, workerCount)
      case .avxVNNI: rn8_kernels_avxvnni(operation, worker, workerCount)
      case .avx2: rn8_kernels_avx2(operation, worker, workerCount)
    #elseif arch(arm64)
      case .neonDotProduct: rn8_kernels_neondot(operation, worker, workerCount)
      case .neon: rn8_kernels_neon(operation, worker, workerCount)
    #endif
    // The rest are of other architectures, not supported here.
    default: rn8_kernels_portable(operation, worker, workerCount)
    }
  }

  private func hasName(_ other: UnsafePointer<CChar>) -> Bool {
    var index = 0
    while index < name.utf8CodeUnitCount && UInt8(bitPattern: other[index]) == name.utf8Start[index] { index += 1 }
    return index == name.utf8CodeUnitCount && other[index] == 0
  }
}
