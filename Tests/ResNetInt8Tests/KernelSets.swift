import CIntrinsics
import CKernels
import Testing

/// Kernels that this processor can run.
enum TestedKernels: String, CaseIterable, CustomTestStringConvertible {
  case portable
  case avx512VNNI
  case amx

  static var available: [TestedKernels] {
    let processor = rn8_detect_processor()
    return allCases.filter {
      switch $0 {
      case .portable: true
      case .avx512VNNI: processor.avx512vnni != 0
      case .amx: processor.amx != 0
      }
    }
  }

  var testDescription: String { rawValue }

  func run(_ operation: rn8_operation, worker: Int = 0, of workerCount: Int = 1) {
    withUnsafePointer(to: operation) {
      switch self {
      case .portable: rn8_kernels_portable($0, Int32(worker), Int32(workerCount))
      case .amx:
        #if arch(x86_64)
          rn8_kernels_amx($0, Int32(worker), Int32(workerCount))
        #endif
      case .avx512VNNI:
        #if arch(x86_64)
          rn8_kernels_avx512vnni($0, Int32(worker), Int32(workerCount))
        #endif
      }
    }
  }
}

/// A generator with a seed (SplitMix64), for the same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255, using: &self) } }
  mutating func weights(_ count: Int) -> [Int8] { (0..<count).map { _ in .random(in: -128...127, using: &self) } }
}

extension Int {
  /// docs/numerics.md's saturations.
  var saturatedToInt16: Int { Swift.min(Swift.max(self, -32768), 32767) }
  var saturatedToUInt8: UInt8 { UInt8(Swift.min(Swift.max(self, 0), 255)) }
}
