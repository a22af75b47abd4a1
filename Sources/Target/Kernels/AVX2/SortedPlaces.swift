import CIntrinsics
import CKernels
import Kernels

/// The places of a window, four codes each, sorted for each 8 output channels by whether vpmaddubsw can multiply them.
///
/// vpmaddubsw adds two products of a code and a weight in 16 bits, and saturates. Where no pair of the 8 channels can get so
/// far, three instructions multiply and add: vpmaddubsw, vpmaddwd by ones, vpaddd. Elsewhere, one more makes it exact. The
/// weight's magnitude m is multiplied by a centred code, which an exclusive or makes of a code x:
///
/// | weight    | centred | product              |
/// |-----------|---------|----------------------|
/// | m, or 0   | x - 128 | weight * x - 128 * m |
/// | -m        | 127 - x | weight * x + 127 * m |
///
/// Two such products are within -2 * 128 * 128 ... 2 * 128 * 127, which are 16 bits. What they have too much depends on the
/// weights alone: it is what a code of 0 gives.
enum SortedPlaces {
  /// Bytes of the list of some places.
  static func byteCount(places: Int) -> Int { Int(rn8_places_start) + places }

  /// Calls `body` with the convolution and the sorted places of its windows, as far as there is room for them. For a few pixels
  /// they are not worth their time.
  // Not inlined, so that the lists have left the stack where other operations are computed.
  @inline(never)
  static func sort(
    _ convolution: UnsafePointer<rn8_convolution>, block: Int, blocks: Int, pixels: Int,
    _ body: (UnsafePointer<rn8_convolution>) -> Void
  ) {
    if pixels <= 16 {
      body(convolution)
      return
    }
    // The deepest window of ResNet-50, 3 x 3 x 512, takes 10,800 bytes.
    AlignedVectors<169>.with { memory in
      var room = UnsafeMutableBufferPointer(start: memory.assumingMemoryBound(to: UInt8.self), count: 169 * 64)
      var prepared = convolution.pointee
      prepared.window.sorted_places = sort(prepared.window, block, blocks, &room)
      if prepared.projection.weights != nil {
        prepared.projection.sorted_places = sort(prepared.projection, block, blocks, &room)
        prepared.projection_remainders.sorted_places = prepared.projection.sorted_places
      }
      body(&prepared)
    }
  }

  /// Sorts the places of a window, those of each piece for all blocks, and takes the room that they need. Returns nil where
  /// there is too little.
  private static func sort(
    _ window: rn8_window, _ block: Int, _ blocks: Int, _ room: inout UnsafeMutableBufferPointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    let depth = window.blockBytes / 16
    let pieces = (depth + SortedRows.capacity - 1) / SortedRows.capacity
    guard 2 * blocks * (pieces * byteCount(places: 0) + depth / 4) <= room.count else { return nil }
    let start = room.baseAddress!
    var list = start
    for first in stride(from: 0, to: depth, by: SortedRows.capacity) {
      let places = min(depth - first, SortedRows.capacity) / 4
      for half in 0..<2 * blocks {
        let weights = window.weights! + block * window.blockBytes + first * 16
        rn8_list_places(list, weights + half / 2 * window.blockBytes + half % 2 * 32, places)
        list += byteCount(places: places)
      }
    }
    room = UnsafeMutableBufferPointer(rebasing: room[(list - start)...])
    return UnsafePointer(start)
  }
}
