/// The checks of when tensors are written and read. With them a run depends on the model and the pixels alone: not on
/// what the arena held before, nor on the order in which kernels and workers compute pixels.
extension Model {
  /// Checks that each layer reads tensors that are complete, and writes to memory that nothing of the layer reads.
  func validateLifetimes() throws(ModelError) {
    var lookback = Lookback(model: self)
    for index in 0..<Int(header.layerCount) {
      let layer = layer(index)
      let (input, output) = (tensor(layer.input), tensor(layer.output))
      try lookback.requireComplete(layer.input, before: index)
      guard !output.overlaps(input) else { throw .invalid }
      guard layer.hasShortcut else { continue }
      let shortcut = tensor(layer.shortcut)
      try lookback.requireComplete(layer.shortcut, before: index)
      // A pixel of an identity shortcut is read by the one who then writes the same pixel of the output.
      let isInPlace = layer.shortcutKind == ShortcutKind.identity && output.isAt(shortcut)
      guard isInPlace || !output.overlaps(shortcut) else { throw .invalid }
    }
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
  /// to its memory.
  mutating func requireComplete(_ tensor: UInt32, before index: Int) throws(ModelError) {
    var writer = index - 1
    while writer >= 0 {
      let output = model.layer(writer).output
      if output == tensor { return }
      remaining -= 1
      guard remaining >= 0, !model.tensor(output).overlaps(model.tensor(tensor)) else { throw .invalid }
      writer -= 1
    }
    guard tensor == 0 else { throw .invalid }
  }
}

extension TensorRecord {
  fileprivate func overlaps(_ other: TensorRecord) -> Bool {
    Int(offset) < Int(other.offset) + other.byteCount && Int(other.offset) < Int(offset) + byteCount
  }

  /// Whether each pixel lies where the same pixel of the other tensor lies. Both have the same size without the halo.
  fileprivate func isAt(_ other: TensorRecord) -> Bool {
    offset == other.offset && halo == other.halo
  }
}
