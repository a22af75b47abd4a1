import CIntrinsics

/// A vector of 16-bit numbers, with the few operations that the transforms of codes and weights take. (Swift's own protocol
/// SIMD has them too. They are loops over the lanes there.)
public protocol Int16Vector: SIMD where Scalar == Int16 {
  static func plus(_ a: Self, _ b: Self) -> Self
  static func minus(_ a: Self, _ b: Self) -> Self
  /// The even bytes of a vector, and the odd ones, as codes: 0...255.
  var evenCodes: Self { get }
  var oddCodes: Self { get }
  /// The even bytes of a vector, and the odd ones, as weights: -128...127.
  var evenWeights: Self { get }
  var oddWeights: Self { get }
}

/// The transforms of one axis of a tile that is `size` pixels long there: 4, 3 or 2. docs/winograd.md derives the matrices.
@usableFromInline
enum AxisTransform<let size: Int> {
  /// The number of codes that a tile reads, and of its points.
  @inlinable @inline(__always)
  static var length: Int { size + 2 }

  /// Returns the point that has number `index`, 0 ..< length. Tiles of 4 have all, those of 3 and 2 leave out 4 and 3 and 4.
  @inlinable @inline(__always)
  static func point(_ index: Int) -> Int { index == size + 1 ? 5 : index }

  /// Returns B^T d: of the `length` codes `d` that a tile reads, what its points multiply.
  @inlinable @inline(__always)
  static func codes<V: Int16Vector>(_ d: InlineArray<6, V>) -> InlineArray<6, V> {
    @inline(__always) func twice(_ a: V) -> V { V.plus(a, a) }
    let (d0, d1, d2, d3, d4, d5) = (d[0], d[1], d[2], d[3], d[4], d[5])
    switch size {
    case 4:
      //  4  0 -5  0  1  0
      //  0  4  4 -1 -1  0
      //  0 -4  4  1 -1  0
      //  0 -2 -1  2  1  0
      //  0  2 -1 -2  1  0
      //  0  4  0 -5  0  1
      let (even, odd) = (V.minus(twice(twice(d2)), d4), V.minus(twice(twice(d1)), d3))
      let (difference, steps) = (V.minus(d4, d2), twice(V.minus(d3, d1)))
      return [
        V.plus(twice(twice(V.minus(d0, d2))), difference), V.plus(even, odd), V.minus(even, odd),
        V.plus(difference, steps), V.minus(difference, steps), V.minus(V.minus(d5, d3), twice(steps)),
      ]
    case 3:
      //  2 -1 -2  1  0
      //  0  2  1 -1  0
      //  0 -2  3 -1  0
      //  0 -1  0  1  0
      //  0  2 -1 -2  1
      let (steps, difference) = (V.minus(d3, d1), V.minus(d2, d3))
      return [
        V.plus(twice(V.minus(d0, d2)), steps), V.plus(twice(d1), difference),
        V.plus(twice(V.minus(d2, d1)), difference), steps, V.minus(V.minus(d4, d2), twice(steps)), d5,
      ]
    default:
      //  1  0 -1  0
      //  0  1  1  0
      //  0 -1  1  0
      //  0 -1  0  1
      return [V.minus(d0, d2), V.plus(d1, d2), V.minus(d2, d1), V.minus(d3, d1), d4, d5]
    }
  }

  /// Returns A'^T m: of the sums `m` of a tile's points, `scale` times those of its pixels. Sums wrap.
  @inlinable @inline(__always)
  static func sums(_ m: InlineArray<6, SIMD16<Int32>>) -> InlineArray<4, SIMD16<Int32>> {
    @inline(__always) func twice(_ a: SIMD16<Int32>) -> SIMD16<Int32> { a &+ a }
    let (m0, m1, m2, m3, m4, m5) = (m[0], m[1], m[2], m[3], m[4], m[5])
    switch size {
    case 4:
      //  6  4  4  1  1  0    24 times the sum
      //  0  2 -2  1 -1  0    12
      //  0  1  1  1  1  0     6
      //  0  1 -1  2 -2  6     6
      let (plus, minus, farPlus, farMinus) = (m1 &+ m2, m1 &- m2, m3 &+ m4, m3 &- m4)
      return [
        twice(twice(m0 &+ plus) &+ m0) &+ farPlus, twice(minus) &+ farMinus, plus &+ farPlus,
        minus &+ twice(farMinus &+ twice(m5) &+ m5),
      ]
    case 3:
      //  3  3  1  1  0        6 times the sum
      //  0  3 -1  2  0        6
      //  0  3  1  4  6        6
      let threeM1 = twice(m1) &+ m1
      return [
        twice(m0) &+ m0 &+ threeM1 &+ m2 &+ m3, threeM1 &- m2 &+ twice(m3),
        threeM1 &+ m2 &+ twice(twice(m3 &+ m4) &+ m4), .zero,
      ]
    default:
      //  2  1  1  0           2 times the sum
      //  0  1 -1  2           2
      return [twice(m0) &+ m1 &+ m2, m1 &- m2 &+ twice(m3), .zero, .zero]
    }
  }

  /// What `sums` multiplies the sum of a pixel by: 24, 12, 6 and 6; 6; or 2. It is `3 << shift`, and `1 << shift` for 2.
  @inlinable @inline(__always)
  static func shift(_ pixel: Int) -> Int32 { size == 4 && pixel < 2 ? Int32(3 - pixel) : 1 }

  /// The inverse of the scale's odd factor, modulo 2^32.
  @inlinable @inline(__always)
  static var inverse: Int32 { size == 2 ? 1 : -0x5555_5555 }
}

/// Returns G' g along one axis: three weights become those of six points. Those of smaller tiles are among them.
@inlinable @inline(__always)
func transformWeights<V: Int16Vector>(_ g0: V, _ g1: V, _ g2: V) -> InlineArray<6, V> {
  //  1  0  0
  //  1  1  1
  //  1 -1  1
  //  1  2  4
  //  1 -2  4
  //  0  0  1
  let twice = V.plus(g1, g1)
  let (outer, twiceG2) = (V.plus(g0, g2), V.plus(g2, g2))
  let fourfold = V.plus(g0, V.plus(twiceG2, twiceG2))
  return [g0, V.plus(outer, g1), V.minus(outer, g1), V.plus(fourfold, twice), V.minus(fourfold, twice), g2]
}
