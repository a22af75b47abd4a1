import ModelFormat
import Testing

/// The rules for streamed tensors. Tensor 2 of the model is one: layer 2 convolves it, and layer 3 pools its 6 rows.
@Suite struct StreamingRuleTests {
  @Test(
    arguments: [
      .allowed("as it is") { _ in },
      .allowed("rows for one window") { $0.tensors[2].rowsInMemory = 3 },
      .refused("rows for less than a window") { $0.tensors[2].rowsInMemory = 2 },
      .refused("no rows") { $0.tensors[2].rowsInMemory = 0 },
      .refused("more rows than there are") { $0.tensors[2].rowsInMemory = 7 },
      .refused("a halo") { $0.tensors[2].halo = 1 },
      .refused("an image") { $0.tensors[0].rowsInMemory = 5 },
      .refused("what a pool writes") { $0.tensors[3].rowsInMemory = 2 },
      .refused("what the head writes") { ($0.tensors[5].height, $0.tensors[5].rowsInMemory) = (2, 1) },
      .refused("an average pool") { $0.layers[3].kind = LayerKind.averagePool },
      .refused("a convolution that adds a shortcut") { $0.layers[2].shortcutKind = ShortcutKind.identity },
      .refused("a shortcut that reads it") { $0.layers[4].shortcutKind = ShortcutKind.projection },
      .refused("a convolution that reads it") { $0.layers[4].input = 2 },
      .refused("a pool that reads another") { $0.layers[3].input = 1 },
      .refused("a pool that does not come next") { $0.layers.swapAt(3, 4) },
      .allowed("remainders, of few rows too") { $0.streamRemainders() },
      .refused("remainders that end behind the arena") { model in
        model.streamRemainders()
        model.header.tensorBytes -= 64
      },
      .refused("what is pooled on what is convolved") { $0.tensors[3].offset = $0.tensors[1].offset },
      .refused("remainders of what is pooled on what is convolved") { model in
        model.streamRemainders()
        model.tensors[3].remainders = model.tensors[1].offset
      },
    ] as [Change])
  func rules(_ change: Change) {
    Change(name: change.name, refusal: change.refusal) { model in
      model.stream()
      change.make(&model)
    }.check()
  }
}

extension HandmadeModel {
  fileprivate mutating func stream() {
    layers[2].shortcutKind = ShortcutKind.none
    layers[4].shortcutKind = ShortcutKind.none
    tensors[2].rowsInMemory = 5
  }

  /// Gives the streamed tensor remainders, and what is pooled too. They take the last bytes of the arena.
  fileprivate mutating func streamRemainders() {
    tensors[3].remainders = header.tensorBytes
    tensors[2].remainders = tensors[3].remainders + UInt32(tensors[3].remainderByteCount)
    header.tensorBytes = tensors[2].remainders + UInt32(tensors[2].remainderByteCount)
  }
}
