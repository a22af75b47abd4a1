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

  @inlinable @inline(__always)
  public static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer, remainders: UnsafeMutableRawPointer
  ) {
    if blocks == 4 {
      rn8_store_fine_codes_4(
        codes, remainders, values[0], values[1], values[2], values[3], multiplier[0], multiplier[1], multiplier[2],
        multiplier[3])
    } else {
      for b in 0..<blocks {
        rn8_store_fine_codes(codes + b * 16, remainders + b * 16, values[b], multiplier[b])
      }
    }
  }

  @inlinable @inline(__always)
  public static func products<let blocks: Int>(
    ofCodes codes: UnsafeRawPointer, remainders: UnsafeRawPointer, _ multiplier: InlineArray<blocks, SIMD16<Int32>>
  ) -> InlineArray<blocks, SIMD16<Int32>> {
    var products = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
    if blocks == 4 {
      for b in stride(from: 0, to: 4, by: 2) {
        let pairs = rn8_load_fine_pairs(codes, remainders, Int32(b))
        products[b] = rn8_product_int16(pairs, multiplier[b])
        products[b + 1] = rn8_product_upper_int16(pairs, multiplier[b + 1])
      }
    } else {
      for b in 0..<blocks {
        let value = loadFineCodes(codes + b * 16, remainders + b * 16) ^ (1 << 15)
        products[b] = rn8_product_int16(value, multiplier[b])
      }
    }
    return products
  }

  @inlinable @inline(__always)
  public static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int,
    remainders: UnsafeMutableRawPointer, _ remainderStride: Int
  ) {
    rn8_store_fine_codes_of_4(
      codes, stride, remainders, remainderStride, pixels[0], pixels[1], pixels[2], pixels[3], multiplier)
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

@_cdecl("rn8_store_run_avx512vnni")
public func storeRun(
  _ sums: UnsafeRawPointer, _ projected: UnsafeRawPointer?, _ count: Int32,
  _ convolution: UnsafePointer<rn8_convolution>, _ block: Int32, _ blocks: Int32, _ y: Int32, _ x: Int32
) {
  func store<let blocks: Int>(_: PixelRun<AVX512VNNI, blocks>.Type) {
    typealias Vectors = PixelRun<AVX512VNNI, blocks>.Vectors
    PixelRun<AVX512VNNI, blocks>.store(
      sums.assumingMemoryBound(to: Vectors.self), projected?.assumingMemoryBound(to: Vectors.self), Int(count),
      convolution, block: Int(block), Int(y), Int(x))
  }
  switch blocks {
  case 4: store(PixelRun<AVX512VNNI, 4>.self)
  case 2: store(PixelRun<AVX512VNNI, 2>.self)
  default: store(PixelRun<AVX512VNNI, 1>.self)
  }
}

@_cdecl("rn8_kernels_avx512vnni")
public func kernelsAVX512VNNI(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShare(AVX512VNNI.self, operation, worker: Int(worker), of: Int(workerCount))
}
