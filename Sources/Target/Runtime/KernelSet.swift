import CIntrinsics
import CKernels

/// The kernels of one instruction set. All sets give the same results, bit for bit.
package struct KernelSet {
  /// The name by which C programs and the command line choose the set. It ends with a NUL.
  package let name: StaticString
  /// Whether this processor has the set's instructions, and the operating system lets this process use them.
  package let isSupported: Bool
  /// The set's C function.
  package let compute: Function
  /// What Winograd's way costs the set; nil where it is never the faster one.
  package let winograd: WinogradCosts?
  package typealias Function = @convention(c) (UnsafePointer<rn8_operation>?, Int32, Int32) -> Void

  private init(
    _ name: StaticString, isSupported: Bool, winograd: WinogradCosts? = nil, _ compute: @escaping Function
  ) {
    self.name = name
    self.isSupported = isSupported
    self.compute = compute
    self.winograd = winograd
  }

  /// Computes a worker's share of an operation.
  package func run(_ operation: UnsafePointer<rn8_operation>, worker: Int32, of workerCount: Int32) {
    compute(operation, worker, workerCount)
  }

  #if arch(x86_64)
    package typealias Table = InlineArray<6, KernelSet>
  #elseif arch(arm64)
    package typealias Table = InlineArray<3, KernelSet>
  #else
    package typealias Table = InlineArray<1, KernelSet>
  #endif

  /// The sets in this library, the fastest first. Each use of this property asks the processor what it has and, where
  /// it has AMX, asks Linux to let this process use it.
  package static var table: Table {
    #if arch(x86_64)
      let processor = rn8_detect_processor()
      return [
        KernelSet("amx", isSupported: processor.amx != 0 && rn8_allow_tiles() != 0, rn8_kernels_amx),
        KernelSet("avx512vnni", isSupported: processor.avx512vnni != 0, winograd: .avx512VNNI, rn8_kernels_avx512vnni),
        KernelSet("avxvnni", isSupported: processor.avxvnni != 0, winograd: .avxVNNI, rn8_kernels_avxvnni),
        KernelSet("avx512", isSupported: processor.avx512 != 0, winograd: .avx512, rn8_kernels_avx512),
        KernelSet("avx2", isSupported: processor.avx2 != 0, winograd: .avx2, rn8_kernels_avx2),
        KernelSet("portable", isSupported: true, winograd: .portable, rn8_kernels_portable),
      ]
    #elseif arch(arm64)
      let processor = rn8_detect_processor()
      return [
        KernelSet("neondot", isSupported: processor.neondot != 0, rn8_kernels_neondot),
        KernelSet("neon", isSupported: processor.neon != 0, winograd: .neon, rn8_kernels_neon),
        KernelSet("portable", isSupported: true, winograd: .portable, rn8_kernels_portable),
      ]
    #else
      return [KernelSet("portable", isSupported: true, winograd: .portable, rn8_kernels_portable)]
    #endif
  }

  /// The first set of the table that is supported.
  package static var fastest: KernelSet {
    let table = table
    for index in table.indices where table[index].isSupported { return table[index] }
    return table[table.count - 1]
  }

  /// Returns the set of a NUL-terminated name; nil where this library has no set of that name.
  package static func named(_ name: UnsafePointer<CChar>) -> KernelSet? {
    let table = table
    for index in table.indices where table[index].hasName(name) { return table[index] }
    return nil
  }

  private func hasName(_ other: UnsafePointer<CChar>) -> Bool {
    var index = 0
    while index < name.utf8CodeUnitCount && UInt8(bitPattern: other[index]) == name.utf8Start[index] { index += 1 }
    return index == name.utf8CodeUnitCount && other[index] == 0
  }
}
