import CKernels

/// Computes a worker's share of an operation: what each kernel module exports, specialized for its instruction set.
@inlinable @inline(__always)
public func run<Set: KernelSet>(
  _ set: Set.Type, _ operation: UnsafePointer<rn8_operation>, worker: Int, of workerCount: Int
) {
  switch operation.pointee.kind {
  case RN8_CONVOLUTION:
    withUnsafePointer(to: operation.pointee.convolution) { convolve(set, $0, worker: worker, of: workerCount) }
  case RN8_POOL:
    withUnsafePointer(to: operation.pointee.pool) { maxPool($0, worker: worker, of: workerCount) }
  case RN8_POOL_SUMS:
    withUnsafePointer(to: operation.pointee.head) { poolSums($0, worker: worker, of: workerCount) }
  case RN8_PRODUCT:
    withUnsafePointer(to: operation.pointee.product) { multiply(set, $0, worker: worker, of: workerCount) }
  default:
    withUnsafePointer(to: operation.pointee.head) { classify(set, $0, worker: worker, of: workerCount) }
  }
}
