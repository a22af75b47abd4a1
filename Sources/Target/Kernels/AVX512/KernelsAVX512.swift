import CIntrinsics
import CKernels
import Kernels

/// The kernels for AVX-512 without VNNI. Like those for AVX2 they multiply numbers of 16 bits, by vpmaddwd, since
/// vpmaddubsw saturates. Those for AVX-512 VNNI and AMX leave to them what is no dot product of bytes.
enum AVX512: WinogradInstructionSet {
  static var blocksPerTile: Int { 4 }
  static func pixelsPerTile(blocks: Int) -> Int { PartedRows.most }

  /// Computes a tile of any number of blocks, since the sums of only one are in registers at a time. Functions for each
  /// number would take 19 kB more.
  // Not inlined, and so is what follows: the memory of all would lie on the stack at once.
  @inline(never)
  static func convolveTile(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    let width = Int(convolution.pointee.output.width)
    let places = OutputPixels(first: first, count: count, width: width)
    withSums { sums, projected in
      func sumProducts(_ window: rn8_window, to sums: PartedRows.Sums, adding: Bool = false) {
        PartedRows.sumProducts(
          of: places.inputs(of: window, block), count, window, block: block, blocks, to: sums, adding: adding)
      }
      let projection = convolution.pointee.projection
      let remainders = convolution.pointee.projection_remainders
      if remainders.weights != nil {
        // Remainders count 1/256.
        sumProducts(remainders, to: projected)
        for index in 0..<count * blocks { projected[index] &>>= 8 }
      }
      if projection.weights != nil { sumProducts(projection, to: projected, adding: remainders.weights != nil) }
      sumProducts(convolution.pointee.window, to: sums)
      places.forEachRun { row, count, y, x in
        KernelsAVX512.storeRun(
          sums + row * blocks, projection.weights == nil ? nil : UnsafeRawPointer(projected + row * blocks),
          Int32(count), convolution, Int32(block), Int32(blocks), Int32(y), Int32(x))
      }
    }
  }

  @inline(never)
  static func multiplyTile(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int) {
    let product = product.pointee
    let start = UnsafeRawPointer(product.rows!) + first * product.row_stride
    var inputs = InlineArray<28, UnsafeRawPointer>(repeating: start)
    for row in 0..<count { inputs[row] = start + row * product.row_stride }
    let window = rn8_window(weights: product.weights, depth: product.depth)
    withSums { sums, _ in
      PartedRows.sumProducts(of: inputs, count, window, block: block, blocks, to: sums, adding: false)
      for row in 0..<count {
        rn8_copy(product.sums! + ((first + row) * Int(product.blocks) + block) * 16, sums + row * blocks, blocks * 64)
      }
    }
  }

  /// The classifier alone calls it.
  @inline(never)
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ walk: WindowWalk, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    withSums { memory, _ in
      withUnsafeBytes(of: inputs) {
        PartedRows.accumulate(
          memory, $0.baseAddress!.assumingMemoryBound(to: UnsafeRawPointer.self), rows, walk, weights, blocks,
          blockBytes, adding: false)
      }
      withUnsafeMutableBytes(of: &sums) { rn8_copy($0.baseAddress, memory, $0.count) }
    }
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
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

  @inline(__always)
  static var packsPixels: Bool { true }

  @inline(__always)
  static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int
  ) {
    rn8_store_codes_of_4(codes, stride, pixels[0], pixels[1], pixels[2], pixels[3], multiplier)
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
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

  @inline(__always)
  static func products<let blocks: Int>(
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

  @inline(__always)
  static func storeCodes(
    pixels: InlineArray<4, SIMD16<Int32>>, multiplier: SIMD16<Int32>, to codes: UnsafeMutableRawPointer, _ stride: Int,
    remainders: UnsafeMutableRawPointer, _ remainderStride: Int
  ) {
    rn8_store_fine_codes_of_4(
      codes, stride, remainders, remainderStride, pixels[0], pixels[1], pixels[2], pixels[3], multiplier)
  }
}

extension AVX512 {
  typealias Codes = SIMD32<Int16>
  static var winogradBlocks: Int { 2 }
  static var winogradTiles: Int { 12 }

  static func multiplyPairs(_ product: PairProduct, first: Int, count: Int, blocks: Int) -> Int {
    switch (blocks, count - first) {
    case (2, 5...): PairTile<AVX512, 12, 2>.multiply(product, first: first, count: count)
    case (2, _): PairTile<AVX512, 4, 2>.multiply(product, first: first, count: count)
    default: PairTile<AVX512, 12, 1>.multiply(product, first: first, count: count)
    }
  }
}

/// Calls `body` with memory for the sums of a tile and for those of its projection, `[row][block]`.
@inline(__always)
private func withSums(_ body: (_ sums: PartedRows.Sums, _ projected: PartedRows.Sums) -> Void) {
  AlignedVectors<224>.with { memory in
    let sums = memory.assumingMemoryBound(to: SIMD16<Int32>.self)
    body(sums, sums + PartedRows.most * AVX512.blocksPerTile)
  }
}

@_cdecl("rn8_store_run_avx512")
public func storeRun(
  _ sums: UnsafeRawPointer, _ projected: UnsafeRawPointer?, _ count: Int32,
  _ convolution: UnsafePointer<rn8_convolution>, _ block: Int32, _ blocks: Int32, _ y: Int32, _ x: Int32
) {
  func store<let blocks: Int>(_: PixelRun<AVX512, blocks>.Type) {
    typealias Vectors = PixelRun<AVX512, blocks>.Vectors
    PixelRun<AVX512, blocks>.store(
      sums.assumingMemoryBound(to: Vectors.self), projected?.assumingMemoryBound(to: Vectors.self), Int(count),
      convolution, block: Int(block), Int(y), Int(x))
  }
  switch blocks {
  case 4: store(PixelRun<AVX512, 4>.self)
  case 2: store(PixelRun<AVX512, 2>.self)
  default: store(PixelRun<AVX512, 1>.self)
  }
}

@_cdecl("rn8_kernels_avx512")
public func kernelsAVX512(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  computeShareWithWinograd(AVX512.self, operation, worker: Int(worker), of: Int(workerCount))
}
