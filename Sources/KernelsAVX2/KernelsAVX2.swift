import CIntrinsics
import CKernels
import Kernels

/// AVX2: 16 lanes take 2 of 16 registers. 4 x 1 holds 8 in sums, 4 in weights widened to 16 bits, 2 in activations.
enum AVX2: KernelSet {
  @inline(__always)
  static func dot(_ sum: SIMD16<Int32>, _ activations: SIMD16<Int32>, _ weights: SIMD16<Int32>) -> SIMD16<Int32> {
    let activations = activations.lowHalf  // a broadcast
    return dot(sum, rn8_even_codes(activations), rn8_odd_codes(activations), weights)
  }

  @inline(__always)
  static func dot(
    _ sum: SIMD16<Int32>, _ even: SIMD8<Int32>, _ odd: SIMD8<Int32>, _ weights: SIMD16<Int32>
  ) -> SIMD16<Int32> {
    SIMD16(
      lowHalf: rn8_vpmaddwd(sum.lowHalf, even, odd, weights.lowHalf),
      highHalf: rn8_vpmaddwd(sum.highHalf, even, odd, weights.highHalf))
  }

  /// Widens up to 32 bytes of a row at once, in memory that it then broadcasts from: a seventh fewer instructions than
  /// widening each broadcast.
  @inline(__always)
  static func accumulate<let rows: Int, let blocks: Int>(
    _ sums: inout InlineArray<rows, InlineArray<blocks, SIMD16<Int32>>>, _ inputs: InlineArray<rows, UnsafeRawPointer>,
    _ bytes: Range<Int>, weights: UnsafeRawPointer, blockBytes: Int
  ) {
    var weights = weights
    var offset = bytes.lowerBound
    var memory = InlineArray<rows, (even: SIMD8<Int32>, odd: SIMD8<Int32>)>(repeating: (.zero, .zero))
    withUnsafeMutableBytes(of: &memory) { memory in
      let widened = memory.baseAddress!
      while bytes.upperBound - offset >= 16 {
        let count = min(bytes.upperBound - offset, 32)
        for row in 0..<rows { rn8_widen_codes(widened + row * 64, inputs[row] + offset, count) }
        offset += count
        var place = 0
        while place < count {
          var vectors = InlineArray<blocks, SIMD16<Int32>>(repeating: .zero)
          for b in 0..<blocks { vectors[b] = (weights + b * blockBytes).loadUnaligned(as: SIMD16<Int32>.self) }
          for row in 0..<rows {
            let even = SIMD8<Int32>(repeating: (widened + row * 64 + place).load(as: Int32.self))
            let odd = SIMD8<Int32>(repeating: (widened + row * 64 + 32 + place).load(as: Int32.self))
            for b in 0..<blocks { sums[row][b] = dot(sums[row][b], even, odd, vectors[b]) }
          }
          place += 4
          weights += 64
        }
      }
    }
    accumulateDots(&sums, inputs, offset..<bytes.upperBound, weights: weights, blockBytes: blockBytes)
  }

  @inline(__always)
  static func storeCodes<let blocks: Int>(
    _ values: InlineArray<blocks, SIMD16<Int32>>, multiplier: InlineArray<blocks, SIMD16<Int32>>,
    to codes: UnsafeMutableRawPointer
  ) {
    for b in 0..<blocks {
      rn8_store_codes_avx2(
        codes + b * 16, values[b].lowHalf, values[b].highHalf, multiplier[b].lowHalf, multiplier[b].highHalf)
    }
  }

  static var blocksPerTile: Int { 1 }
  static func pixelsPerTile(blocks: Int) -> Int { 4 }

  static func convolve(
    _ convolution: UnsafePointer<rn8_convolution>, first: Int, count: Int, block: Int, blocks: Int
  ) {
    Tile<AVX2, 4, 1>.convolve(convolution, first: first, count: count, block: block)
  }

  static func classify(_ head: UnsafePointer<rn8_head>, block: Int, blocks: Int) {
    Tile<AVX2, 3, 1>.classify(head, block: block)
  }

  static func multiply(_ product: UnsafePointer<rn8_product>, first: Int, count: Int, block: Int, blocks: Int) {
    Tile<AVX2, 4, 1>.multiply(product, first: first, count: count, block: block)
  }
}

@_cdecl("rn8_kernels_avx2")
public func kernelsAVX2(_ operation: UnsafePointer<rn8_operation>, _ worker: Int32, _ workerCount: Int32) {
  run(AVX2.self, operation, worker: Int(worker), of: Int(workerCount))
}
