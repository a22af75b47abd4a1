import CKernels
import ResNetInt8
import Testing

extension KernelChoice: CustomTestStringConvertible {
  /// Kernels that this processor can run.
  static var available: [KernelChoice] { (0...UInt8.max).compactMap(KernelChoice.init).filter(\.isSupported) }

  public var testDescription: String { name.description }

  func run(_ operation: rn8_operation, worker: Int = 0, of workerCount: Int = 1) {
    withUnsafePointer(to: operation) { run($0, worker: Int32(worker), of: Int32(workerCount)) }
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
