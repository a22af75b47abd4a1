import CKernels
import Kernels

/// Plain SIMD for any processor: the specification that all other kernels equal bit for bit.
enum Portable: KernelSet {
  static var blocksPerTile: Int { 1 }
  static func pixelsPerTile(blocks: Int) -> Int { 3 }

  static func convolve(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    Tile<Portable, 3, 1>.convolve(convolution, first: first, count: count, block: block)
  }

  static func classify(_ head: UnsafePointer<rn8_head>, block: Int, blocks: Int) {
    Tile<Portable, 3, 1>.classify(head, block: block)
  }

  static func multiply(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int) {
    Tile<Portable, 3, 1>.multiply(product, first: first, count: count, block: block)
  }
}

@_cdecl("rn8_kernels_portable")
public func kernelsPortable(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  run(Portable.self, operation, worker: Int(worker), of: Int(workerCount))
}
