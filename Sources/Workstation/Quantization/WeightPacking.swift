import Graphs
import ModelFormat

/// Int8 weights in the order in which the kernels read them: `[block][depth / 4][16][4]`.
package struct PackedWeights {
  package let bytes: [Int8]

  /// Packs the weights of a convolution.
  ///
  /// - Parameters:
  ///   - codes: the int8 weights, OHWI as `convolution.weights`.
  ///   - storedInputs: the bytes of an input pixel. Channels past `convolution.inputChannels` get zero weights.
  package init(_ convolution: Convolution, codes: [Int8], storedInputs: Int) {
    var bytes = [Int8](repeating: 0, count: Self.byteCount(convolution, storedInputs: storedInputs))
    Self.forEachPlace(of: convolution, storedInputs: storedInputs) { bytes[$1] = codes[$0] }
    self.bytes = bytes
  }

  /// Returns the int8 weights, OHWI as `convolution.weights`, that are packed at `bytes`.
  package static func codes(
    _ bytes: UnsafePointer<Int8>, of convolution: Convolution, storedInputs: Int
  ) -> [Int8] {
    var codes = [Int8](repeating: 0, count: convolution.weights.count)
    forEachPlace(of: convolution, storedInputs: storedInputs) { codes[$0] = bytes[$1] }
    return codes
  }

  /// Calls `body` with the index of each weight of a convolution and its place among the packed ones.
  private static func forEachPlace(
    of convolution: Convolution, storedInputs: Int, _ body: (_ index: Int, _ place: Int) -> Void
  ) {
    let blocks = (convolution.outputChannels + channelsPerBlock - 1) / channelsPerBlock
    let groups = mergedGroups(convolution, storedInputs: storedInputs)
    let shape = WindowShape(window(convolution, storedInputs: storedInputs), channels: storedInputs)
    let isRowContiguous = shape.columns < convolution.kernelWidth
    let mergedOutputs = blocks * channelsPerBlock / groups
    let mergedInputs = storedInputs / groups

    let groupInputs = convolution.inputChannels / convolution.groups
    let groupOutputs = convolution.outputChannels / convolution.groups
    let depth = shape.depth
    var source = 0
    for output in 0..<convolution.outputChannels {
      let firstInput = output / groupOutputs * groupInputs - output / mergedOutputs * (groups > 1 ? mergedInputs : 0)
      let blockStart = output / channelsPerBlock * channelsPerBlock * depth
      let lane = output % channelsPerBlock
      for row in 0..<convolution.kernelHeight {
        for column in 0..<convolution.kernelWidth {
          let tap =
            isRowContiguous
            ? row * shape.length + column * storedInputs
            : (row * shape.columns + column) * shape.length
          for input in 0..<groupInputs {
            let place = tap + firstInput + input
            body(source, blockStart + (place / 4 * channelsPerBlock + lane) * 4 + place % 4)
            source += 1
          }
        }
      }
    }
  }

  /// Returns the number of weights when the convolution is packed, the zeros that fill its segments included.
  static func byteCount(_ convolution: Convolution, storedInputs: Int) -> Int {
    let blocks = (convolution.outputChannels + channelsPerBlock - 1) / channelsPerBlock
    let shape = WindowShape(window(convolution, storedInputs: storedInputs), channels: storedInputs)
    return blocks * channelsPerBlock * shape.depth
  }

  /// Returns the window of a convolution, without the place of its weights.
  ///
  /// - Parameter storedInputs: the bytes of an input pixel.
  static func window(_ convolution: Convolution, storedInputs: Int) -> WindowRecord {
    let groups = mergedGroups(convolution, storedInputs: storedInputs)
    return WindowRecord(
      kernelHeight: UInt32(convolution.kernelHeight), kernelWidth: UInt32(convolution.kernelWidth),
      stride: UInt32(convolution.stride), padding: UInt32(convolution.padding),
      dilation: UInt32(convolution.dilation), groups: UInt32(groups))
  }

  /// Returns the number of groups after neighbouring groups are merged until each has whole blocks of outputs. It
  /// is 1 where that is not possible.
  private static func mergedGroups(_ convolution: Convolution, storedInputs: Int) -> Int {
    guard convolution.groups > 1, storedInputs == convolution.inputChannels else { return 1 }
    let groupOutputs = convolution.outputChannels / convolution.groups
    var merged = groupOutputs
    while merged % channelsPerBlock != 0 { merged += groupOutputs }
    guard convolution.outputChannels % merged == 0 else { return 1 }
    let groups = convolution.outputChannels / merged
    return (storedInputs / groups) % 4 == 0 ? groups : 1
  }
}
