import CIntrinsics
import CKernels

/// The kernels for Intel AMX, which multiplies matrices of 16 x 64 bytes: 16,384 products in one instruction. The
/// kernels for AVX-512 store what becomes of the sums.
///
/// Operations that are no matrix products are left to the kernels for AVX-512 VNNI, which all processors with AMX
/// have.
@_cdecl("rn8_kernels_amx")
public func kernelsAMX(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  switch operation.pointee.kind {
  case RN8_CONVOLUTION:
    withUnsafePointer(to: operation.pointee.convolution) {
      convolveShare($0, worker: Int(worker), of: Int(workerCount))
    }
  case RN8_PRODUCT:
    withUnsafePointer(to: operation.pointee.product) { multiplyShare($0, worker: Int(worker), of: Int(workerCount)) }
  default:
    rn8_kernels_avx512vnni(operation, worker, workerCount)
  }
}
