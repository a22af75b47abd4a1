extension Model {
  /// The operations on single bytes that one image takes: products of codes and weights, comparisons, additions and
  /// stores, those of padding included. The layers themselves say it, so that a hostile header cannot make it smaller.
  public var work: UInt64 {
    var work = UInt64(tensor(0).byteCount)
    for index in 0..<Int(header.layerCount) {
      // A file of 4 GiB can name a layer of 2^49 operations 2^25 times.
      let (sum, overflow) = work.addingReportingOverflow(self.work(layer(index)))
      work = overflow ? .max : sum
    }
    return work
  }

  /// Every layer also costs time that does not depend on its size.
  private static var workOfAnyLayer: UInt64 { 1 << 12 }

  private func work(_ layer: LayerRecord) -> UInt64 {
    let (input, output) = (tensor(layer.input), tensor(layer.output))
    let stored = Self.workOfAnyLayer + UInt64(output.byteCount + output.remainderByteCount)
    let codes = UInt64(output.height) * UInt64(output.width) * UInt64(output.channels)
    switch layer.kind {
    case LayerKind.convolution:
      var depth = WindowShape(layer.window, channels: Int(input.channels)).depth
      if layer.shortcutKind == ShortcutKind.projection {
        let shortcut = tensor(layer.shortcut)
        depth += WindowShape(layer.projection, channels: Int(shortcut.channels)).depth * shortcut.bytesPerValue
      }
      return stored + codes * UInt64(depth)
    case LayerKind.maxPool, LayerKind.averagePool:
      let pixels = UInt64(layer.window.kernelHeight) * UInt64(layer.window.kernelWidth)
      return stored + codes * pixels * UInt64(output.bytesPerValue) + streamingWork(layer)
    default:
      let pooled =
        UInt64(input.height) * UInt64(input.width) * UInt64(input.channels) * UInt64(input.bytesPerValue)
      let planes = UInt64(HeadBlock.sumPlanes(hasRemainders: input.hasRemainders))
      return stored + pooled + UInt64(header.classCount) * UInt64(input.channels) * planes
    }
  }

  /// What a max pool of a streamed tensor takes besides: at worst each of its rows is a step of its own, before which the rows
  /// of a window move.
  private func streamingWork(_ layer: LayerRecord) -> UInt64 {
    let (input, output) = (tensor(layer.input), tensor(layer.output))
    guard input.isStreamed else { return 0 }
    let moved = UInt64(layer.window.kernelHeight) * UInt64(input.rowStride * input.bytesPerValue)
    return UInt64(output.height) * (Self.workOfAnyLayer + moved)
  }
}
