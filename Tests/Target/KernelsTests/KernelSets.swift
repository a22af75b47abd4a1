import CKernels
import ResNetInt8
import TestSupport
import Testing

extension KernelSet: CustomTestStringConvertible {
  /// The kernel sets that this processor can run.
  static var available: [KernelSet] {
    let table = table
    return table.indices.map { table[$0] }.filter(\.isSupported)
  }

  /// Those that compute by Winograd's way too.
  static var withWinograd: [KernelSet] { available.filter { $0.winograd != nil } }

  public var testDescription: String { name.description }

  func run(_ operation: rn8_operation, worker: Int = 0, of workerCount: Int = 1) {
    withUnsafePointer(to: operation) { run($0, worker: Int32(worker), of: Int32(workerCount)) }
  }
}

extension Int {
  /// `saturate16` of docs/numerics.md.
  var saturatedToInt16: Int { Swift.min(Swift.max(self, -32768), 32767) }
  /// `saturate8` of docs/numerics.md.
  var saturatedToUInt8: UInt8 { UInt8(Swift.min(Swift.max(self, 0), 255)) }
}
