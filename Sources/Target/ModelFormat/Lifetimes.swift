/// The checks of when tensors are written and read. With them a run depends on the model and the pixels alone: not on
/// what the arena held before, nor on the order in which kernels and workers compute pixels.
extension Model {
  /// Checks that each layer reads tensors that are complete, and writes to memory that nothing of the layer reads.
  func validateLifetimes() throws(ModelError) {
    var lookback = Lookback(model: self)
    for index in 0..<Int(header.layerCount) {
      let layer = layer(index)
      let output = tensor(layer.output)
      let written = Regions(output, withRemainders: true)
      guard !written.codes.overlaps(written.remainders) else { throw .invalid }
      let readsRemainders = layer.kind == LayerKind.head || layer.kind == LayerKind.maxPool && output.hasRemainders
      let input = Regions(tensor(layer.input), withRemainders: readsRemainders)
      try lookback.requireComplete(layer.input, input, before: index)
      guard !written.overlaps(input) else { throw .invalid }
      if output.isStreamed {
        // The pool after this layer writes its output while this one still reads.
        let pooled = Regions(tensor(self.layer(index + 1).output), withRemainders: true)
        guard !pooled.overlaps(input) else { throw .invalid }
      }
      guard layer.hasShortcut else { continue }
      let shortcut = tensor(layer.shortcut)
      var read = Regions(shortcut, withRemainders: true)
      try lookback.requireComplete(layer.shortcut, read, before: index)
      // A code or remainder of an identity shortcut is read by the one who then writes that of the same pixel and
      // channel of the output.
      if layer.shortcutKind == ShortcutKind.identity {
        if output.isAt(shortcut) { read.codes = Regions.none }
        if output.remainders == shortcut.remainders { read.remainders = Regions.none }
      }
      guard !written.overlaps(read) else { throw .invalid }
    }
  }
}

/// The bytes of a tensor that a layer reads or writes, from the start of the arena's tensors.
private struct Regions {
  var codes: Range<Int>
  var remainders: Range<Int>

  static let none = 0..<0

  init(_ tensor: TensorRecord, withRemainders: Bool) {
    codes = Int(tensor.offset)..<Int(tensor.offset) + tensor.byteCount
    remainders =
      withRemainders && tensor.hasRemainders
      ? Int(tensor.remainders)..<Int(tensor.remainders) + tensor.remainderByteCount : Self.none
  }

  func overlaps(_ other: Regions) -> Bool {
    codes.overlaps(other.codes) || codes.overlaps(other.remainders) || remainders.overlaps(other.codes)
      || remainders.overlaps(other.remainders)
  }
}

/// The search back from a layer that reads a tensor to the layer that wrote it.
private struct Lookback {
  let model: Model
  /// How many layers may still be looked at. Residual blocks look back at four or so; the limit, an average of 1,024,
  /// keeps the time linear in the number of layers.
  var remaining: Int

  init(model: Model) {
    self.model = model
    remaining = 1024 * Int(model.header.layerCount)
  }

  /// Checks that a tensor was written, as the image or by a layer before `index`, and that no layer since has written
  /// to those regions of it that are read.
  mutating func requireComplete(_ tensor: UInt32, _ read: Regions, before index: Int) throws(ModelError) {
    var writer = index - 1
    while writer >= 0 {
      let output = model.layer(writer).output
      if output == tensor { return }
      remaining -= 1
      let written = Regions(model.tensor(output), withRemainders: true)
      guard remaining >= 0, !written.overlaps(read) else { throw .invalid }
      writer -= 1
    }
    guard tensor == 0 else { throw .invalid }
  }
}

extension TensorRecord {
  /// Whether each pixel lies where the same pixel of the other tensor lies. Both have the same size without the halo.
  fileprivate func isAt(_ other: TensorRecord) -> Bool {
    offset == other.offset && halo == other.halo
  }
}
