import CKernels

/// Computes a worker's share of an operation. Most kernel modules export this function, specialized for their
/// instruction set.
@inlinable @inline(__always)
public func computeShare<Set: TiledInstructionSet>(
  _ set: Set.Type, _ operation: UnsafePointer<rn8_operation>, worker: Int, of workerCount: Int
) {
  switch operation.pointee.kind {
  case RN8_MAX_POOL:
    withUnsafePointer(to: operation.pointee.pool) { maxPoolShare(set, $0, worker: worker, of: workerCount) }
  case RN8_AVERAGE_POOL:
    withUnsafePointer(to: operation.pointee.pool) { averagePoolShare($0, worker: worker, of: workerCount) }
  case RN8_POOL_SUMS:
    withUnsafePointer(to: operation.pointee.head) { sumPixelsShare($0, worker: worker, of: workerCount) }
  default: computeProductsShare(set, operation, worker: worker, of: workerCount)
  }
}

/// Computes a worker's share of an operation that consists of dot products: a convolution, a classifier or a product.
@inlinable @inline(__always)
func computeProductsShare<Set: TiledInstructionSet>(
  _ set: Set.Type, _ operation: UnsafePointer<rn8_operation>, worker: Int, of workerCount: Int
) {
  switch operation.pointee.kind {
  case RN8_CONVOLUTION:
    withUnsafePointer(to: operation.pointee.convolution) { convolveShare(set, $0, worker: worker, of: workerCount) }
  case RN8_PRODUCT:
    withUnsafePointer(to: operation.pointee.product) { multiplyShare(set, $0, worker: worker, of: workerCount) }
  case RN8_CLASSIFIER:
    withUnsafePointer(to: operation.pointee.head) { classifyShare(set, $0, worker: worker, of: workerCount) }
  default: break
  }
}
