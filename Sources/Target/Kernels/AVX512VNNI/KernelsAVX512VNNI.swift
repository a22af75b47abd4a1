import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX-512 with VNNI: 32 registers of 16 lanes, and 64 products in one instruction, `vpdpbusd`.
public enum AVX512VNNI: TiledInstructionSet {
  @inlinable @inline(__always)
  public static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32>
  {
    rn8_vpdpbusd(sum, activations, weights)
  }

  @inlinable @inline(__always)
  public static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    if blocks == 4 {
      rn8_store_codes_4(
        codes, values[0], values[1], values[2], values[3], multiplier[0], multiplier[1], multiplier[2], multiplier[3])
    } else {
      for b in 0..<blocks { rn8_store_codes(codes + b * 16, values[b], multiplier[b]) }
    }
  }

  @inlinable @inline(__always)
  public static var packsPixels: Bool { true }

  @inlinable @inline(__always)
  public static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int
  ) {
    rn8_store_codes_of_4(codes, stride, pixels[0], pixels[1], pixels[2], pixels[3], multiplier)
  }

  public static var blocksPerTile: Int { 4 }
  public static func pixelsPerTile(blocks: Int) -> Int { blocks == 4 ? 6 : 12 }

  public static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    // Smaller tiles compute the last pixels. Tiles of 6 rows leave 1 pixel of a 7 x 7 map. Tiles of 12 rows leave 4
    // pixels of a 14 x 14 map, and of every map whose number of pixels is a power of 4.
    switch (blocks, count) {
    case (4, 3...): Tile<AVX512VNNI, 6, 4>.convolveTile(convolution, first: first, count: count, block: block)
    case (4, _): Tile<AVX512VNNI, 2, 4>.convolveTile(convolution, first: first, count: count, block: block)
    case (2, 5...): Tile<AVX512VNNI, 12, 2>.convolveTile(convolution, first: first, count: count, block: block)
    case (2, _): Tile<AVX512VNNI, 4, 2>.convolveTile(convolution, first: first, count: count, block: block)
    case (_, 5...): Tile<AVX512VNNI, 12, 1>.convolveTile(convolution, first: first, count: count, block: block)
    default: Tile<AVX512VNNI, 4, 1>.convolveTile(convolution, first: first, count: count, block: block)
    }
  }

  public static func multiplyTile(
    _ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    switch blocks {
    case 4: Tile<AVX512VNNI, 6, 4>.multiplyTile(product, first: first, count: count, block: block)
    case 2: Tile<AVX512VNNI, 12, 2>.multiplyTile(product, first: first, count: count, block: block)
    default: Tile<AVX512VNNI, 12, 1>.multiplyTile(product, first: first, count: count, block: block)
    }
  }
}

@_cdecl("rn8_kernels_avx512vnni")
public func kernelsAVX512VNNI(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShare(AVX512VNNI.self, operation, worker: Int(worker), of: Int(workerCount))
}
