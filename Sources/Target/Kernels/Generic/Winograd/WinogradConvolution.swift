import CKernels

/// An instruction set that computes convolutions by Winograd's minimal filtering too. All have the same bits as the direct
/// ones: docs/winograd.md.
public protocol WinogradInstructionSet: TiledInstructionSet {
  /// The vectors in which codes and weights are transformed.
  associatedtype Codes: Int16Vector
  /// The number of blocks of 16 channels that are computed together, where so many are left: 1 or 2.
  static var winogradBlocks: Int { get }
  /// The largest number of tiles whose sums are in memory at a time.
  static var winogradTiles: Int { get }
  /// Calls `PairTile.multiply` for some of the rows that are left, and returns for how many. The tile may have more rows
  /// and write sums past the last row's, of up to 16 rows.
  ///
  /// - Parameters:
  ///   - first: the first row that is left.
  ///   - count: the number of all rows.
  static func multiplyPairs(_ product: PairProduct, first: Int, count: Int, blocks: Int) -> Int
}

/// An instruction set whose tiles of pairs have one block.
public protocol OneBlockWinogradSet: WinogradInstructionSet {
  associatedtype LargePairTile: PairTileShape
  /// The tile of the last rows, where they are few: a 7 x 7 map has 4 rows.
  associatedtype SmallPairTile: PairTileShape
}

extension OneBlockWinogradSet {
  @inlinable @inline(__always)
  public static var winogradBlocks: Int { 1 }
  @inlinable @inline(__always)
  public static var winogradTiles: Int { 2 * LargePairTile.rowCount }

  @inlinable @inline(__always)
  public static func multiplyPairs(_ product: PairProduct, first: Int, count: Int, blocks: Int) -> Int {
    count - first > SmallPairTile.rowCount
      ? LargePairTile.multiply(product, first: first, count: count)
      : SmallPairTile.multiply(product, first: first, count: count)
  }
}

/// Computes a worker's share of an operation, as `computeShare` does, or of one of Winograd's.
@inlinable @inline(__always)
public func computeShareWithWinograd<Set: WinogradInstructionSet>(
  _ set: Set.Type, _ operation: UnsafePointer<rn8_operation>, worker: Int, of workerCount: Int
) {
  withUnsafePointer(to: operation.pointee.winograd) { winograd in
    switch operation.pointee.kind {
    case RN8_WINOGRAD_INPUT:
      if ChannelOrder<Set.Codes>.fits(winograd.pointee.channels) {
        transformInputShare(Set.Codes.self, winograd, worker: worker, of: workerCount)
      } else {
        // Its vectors are the shortest, which fit any number of channels.
        rn8_kernels_portable(operation, Int32(worker), Int32(workerCount))
      }
    case RN8_WINOGRAD_WEIGHTS: transformWeightsShare(Set.Codes.self, winograd, worker: worker, of: workerCount)
    case RN8_WINOGRAD_OUTPUT: winogradShare(set, winograd, worker: worker, of: workerCount)
    default: computeShare(set, operation, worker: worker, of: workerCount)
    }
  }
}

/// Computes a worker's share of an operation that consists of dot products, Winograd's too. Other operations are left to the
/// kernels of another set, whose instructions the processor has as well.
@inlinable @inline(__always)
public func computeProductsShare<Set: WinogradInstructionSet>(
  _ set: Set.Type, _ operation: UnsafePointer<rn8_operation>, worker: Int, of workerCount: Int,
  otherwise kernels: (UnsafePointer<rn8_operation>, Int32, Int32) -> Void
) {
  switch operation.pointee.kind {
  case RN8_CONVOLUTION, RN8_CLASSIFIER, RN8_PRODUCT:
    computeProductsShare(set, operation, worker: worker, of: workerCount)
  case RN8_WINOGRAD_OUTPUT:
    withUnsafePointer(to: operation.pointee.winograd) { winogradShare(set, $0, worker: worker, of: workerCount) }
  default: kernels(operation, Int32(worker), Int32(workerCount))
  }
}

extension rn8_winograd {
  /// The channels of the input.
  @inlinable @inline(__always)
  var channels: Int { Int(convolution.window.length) / 3 }

  /// Bytes from the transformed weights of a position to those of the next, and from a block's to the next block's.
  @inlinable @inline(__always)
  public var positionBytes: Int { 32 * channels + TiledMap.padding }
  @inlinable @inline(__always)
  public var blockBytes: Int { 36 * positionBytes }
}

extension TiledMap {
  @inlinable @inline(__always)
  init(_ winograd: UnsafePointer<rn8_winograd>) {
    let output = winograd.pointee.convolution.output
    self.init(
      height: Int(output.height), width: Int(output.width), channels: winograd.pointee.channels,
      largest: Int(winograd.pointee.largest_tile))
  }
}
