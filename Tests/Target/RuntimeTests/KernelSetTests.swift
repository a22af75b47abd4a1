import CKernels
import CResNetInt8
import Foundation
import ResNetInt8
import Testing

@Suite struct KernelSetTests {
  private var names: [String] { KernelSet.table.indices.map { KernelSet.table[$0].name.description } }

  @Test func tableIsWhatCProgramsSee() {
    let table = KernelSet.table
    for index in table.indices {
      var isSupported: Int32 = -1
      #expect(String(cString: resnet_int8_kernel_set(UInt32(index), &isSupported)) == names[index])
      #expect(isSupported == (table[index].isSupported ? 1 : 0))
      #expect(resnet_int8_kernel_set(UInt32(index), nil) != nil)
    }
    #expect(resnet_int8_kernel_set(UInt32(table.count), nil) == nil)
    #expect(resnet_int8_kernel_set(.max, nil) == nil)
    #expect(Set(names).count == names.count && names.last == "portable")
  }

  /// All sets compute the same, so that only the address of its function shows which one a name leads to.
  @Test func namesLeadToTheirFunctions() throws {
    #if arch(x86_64)
      let functions: [String: KernelSet.Function] = [
        "amx": rn8_kernels_amx, "avx512vnni": rn8_kernels_avx512vnni, "avxvnni": rn8_kernels_avxvnni,
        "avx512": rn8_kernels_avx512, "avx2": rn8_kernels_avx2, "portable": rn8_kernels_portable,
      ]
    #else
      let functions: [String: KernelSet.Function] = [
        "neondot": rn8_kernels_neondot, "neon": rn8_kernels_neon, "portable": rn8_kernels_portable,
      ]
    #endif
    let table = KernelSet.table
    for index in table.indices {
      let function = try #require(functions[names[index]])
      #expect(
        unsafeBitCast(table[index].compute, to: Int.self) == unsafeBitCast(function, to: Int.self), "\(names[index])")
    }
  }

  #if os(Linux) && arch(x86_64)
    /// The library finds the same instruction sets as Linux.
    @Test func supportedSetsAreTheProcessors() throws {
      let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags") })
      let flags = Set(line.split(separator: " ").map(String.init))
      let required = [
        "amx": ["amx_tile", "amx_int8", "avx512_vnni"],
        "avx512vnni": ["avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"],
        "avxvnni": ["avx_vnni"], "avx512": ["avx512f", "avx512bw", "avx512dq", "avx512vl"], "avx2": ["avx2"],
        "portable": [],
      ]
      let table = KernelSet.table
      for index in table.indices {
        let flags = try #require(required[names[index]]).allSatisfy(flags.contains)
        // Linux may refuse the use of AMX, and an old one does not know AVX-VNNI.
        if names[index] != "amx" { #expect(table[index].isSupported || !flags, "\(names[index])") }
        if names[index] != "avxvnni" { #expect(flags || !table[index].isSupported, "\(names[index])") }
      }
    }
  #endif
}
