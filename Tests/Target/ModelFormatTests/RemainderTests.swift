import ModelFormat
import Testing

/// The rules for remainders. Tensors 1, 2 and 4 of the model have some: they are read by an identity shortcut, by a
/// projection and by the head.
@Suite struct RemainderTests {
  /// Returns the changes of a model with remainders.
  private static func withRemainders(_ changes: [Change]) -> [Change] {
    changes.map { change in
      Change(name: change.name, refusal: change.refusal) { model in
        model.addRemainders()
        change.make(&model)
      }
    }
  }

  @Test(
    arguments: withRemainders([
      .allowed("as it is") { _ in },
      .allowed("remainders of a tensor that nothing reads as a shortcut") { model in
        model.tensors[6].remainders = model.appendBytes(64)
      },
      .refused("an offset that is no multiple of 64") { $0.tensors[1].remainders += 32 },
      .allowed("remainders that end with the arena") { model in
        model.tensors[4].remainders = model.header.tensorBytes - UInt32(model.tensors[4].remainderByteCount)
      },
      .refused("remainders that end behind the arena") { model in
        model.tensors[4].remainders = model.header.tensorBytes - UInt32(model.tensors[4].remainderByteCount) + 64
      },
      .refused("remainders far behind the arena") { $0.tensors[4].remainders = .max - 63 },
      .refused("remainders of the image") { model in model.tensors[0].remainders = model.appendBytes(1 << 10) },
      .allowed("remainders of what a max pool writes") { $0.poolRemainders() },
      .refused("remainders of what a max pool writes, and none of what it reads") { model in
        model.poolRemainders()
        model.tensors[2].remainders = TensorRecord.noRemainders
      },
      .refused("remainders of what an average pool writes") { model in
        model.poolRemainders()
        model.layers[3].kind = LayerKind.averagePool
      },
      .refused("remainders of the sums") { model in model.tensors[5].remainders = model.appendBytes(1 << 12) },
    ]))
  func places(_ change: Change) { change.check() }

  @Test(
    arguments: withRemainders([
      .refused("3 planes of sums with remainders") { $0.tensors[5].width = 3 },
      .refused("4 planes of sums without remainders") { $0.tensors[4].remainders = TensorRecord.noRemainders },
      .allowed("65,536 pixels") { $0.sumRemainders(256, 256) },
      .refused("65,538 pixels") { $0.sumRemainders(198, 331) },
    ]))
  func heads(_ change: Change) { change.check() }

  @Test(
    arguments: withRemainders([
      .allowed("a projection whose windows end with the tensor") { model in
        model.setProjection(2, 2)
      },
      .refused("a projection with padding") { model in
        model.tensors[2].halo = 1
        model.setProjection(1, 1)
        model.layers[4].projection.padding = 1
      },
      .refused("a projection whose windows reach below the tensor") { model in
        model.tensors[2].halo = 1
        model.setProjection(3, 1)
      },
      .refused("a projection whose windows reach beside the tensor") { model in
        model.tensors[2].halo = 1
        model.setProjection(1, 3)
      },
      .allowed("windows in the halo, without remainders") { model in
        model.tensors[2].halo = 1
        model.tensors[2].remainders = TensorRecord.noRemainders
        model.setProjection(3, 3)
      },
      // 32 codes, and 1/256 of as many remainders rounded down: 32 * 255 * 128 + 32 * 255 / 2 + 1.
      .allowed("the largest sum") { $0[4, ParameterBlock.projectionBias] = .max - 1_044_480 - 4081 },
      .refused("a sum of 2^31", .accumulatorOverflow) { model in
        model[4, ParameterBlock.projectionBias] = .max - 1_044_480 - 4080
      },
      .refused("a sum of -2^31", .accumulatorOverflow) { model in
        model[4, ParameterBlock.projectionBias] = -(.max - 1_044_480 - 4080)
      },
    ]))
  func projections(_ change: Change) { change.check() }

  /// A layer writes to nothing that it reads, and all that it reads is complete.
  @Test(
    arguments: withRemainders([
      .refused("an output on its own remainders") { $0.tensors[2].remainders = $0.tensors[2].offset },
      .refused("remainders on the last bytes of their own codes") { model in
        model.tensors[2].remainders = model.tensors[2].offset + UInt32(model.tensors[2].byteCount) - 64
      },
      .refused("remainders of the output on the input's codes") { model in
        model.tensors[2].remainders = model.tensors[1].offset
        model.layers[2].shortcutKind = ShortcutKind.none
      },
      .allowed("remainders of the output on those of the input, which are not read") { model in
        model.tensors[2].remainders = model.tensors[1].remainders + 64
        model.layers[2].shortcutKind = ShortcutKind.none
      },
      .allowed("remainders of the output on the image, which was read before") { model in
        model.tensors[2].remainders = model.tensors[0].offset
      },
      .allowed("remainders on those of an identity shortcut") { model in
        model.tensors[2].remainders = model.tensors[1].remainders
      },
      .refused("remainders on those of an identity shortcut, but not exactly") { model in
        model.tensors[2].remainders = model.tensors[1].remainders + 64
      },
      .refused("an output on the remainders of its identity shortcut") { model in
        model.tensors[2].offset = model.tensors[1].remainders
      },
      .refused("remainders on the codes of an identity shortcut") { model in
        model.readApart()
        model.tensors[2].remainders = model.tensors[1].offset
      },
      .allowed("an output on its identity shortcut, both with remainders of their own") { $0.writeInPlace() },
      .allowed("an output on its identity shortcut, and so its remainders") { model in
        model.writeInPlace()
        model.tensors[2].remainders = model.tensors[1].remainders
      },
      .allowed("an output with remainders on its identity shortcut without") { model in
        model.writeInPlace()
        model.tensors[1].remainders = TensorRecord.noRemainders
      },
      .refused("remainders on those of the shortcut of a projection") { model in
        model.tensors[4].remainders = model.tensors[2].remainders
      },
      .refused("an output on the remainders of the shortcut of a projection") { model in
        model.tensors[4].offset = model.tensors[2].remainders
      },
      .refused("sums on the remainders that are summed") { $0.tensors[5].offset = $0.tensors[4].remainders },
      .refused("what a max pool writes on the remainders that it reads") { model in
        model.poolRemainders()
        model.tensors[3].offset = model.tensors[2].remainders
        model.layers[4].shortcutKind = ShortcutKind.none
      },
      .allowed("codes on the remainders of what is pooled without them") { model in
        model.tensors[3].offset = model.tensors[2].remainders
        model.layers[4].shortcutKind = ShortcutKind.none
      },
      .refused("remainders of a shortcut that codes were written to since") { model in
        model.tensors[3].offset = model.tensors[2].remainders
      },
      .allowed("codes written to the remainders of a tensor that is no shortcut any more") { model in
        model.tensors[3].offset = model.tensors[1].remainders
      },
      .refused("codes of a shortcut that remainders were written to since") { model in
        model.readLater()
        model.tensors[2].remainders = model.tensors[6].offset
      },
      .refused("remainders of a shortcut that remainders were written to since") { model in
        model.readLater()
        model.tensors[2].remainders = model.tensors[6].remainders
      },
      .allowed("a shortcut that nothing was written to since") { $0.readLater() },
    ]))
  func lifetimes(_ change: Change) { change.check() }
}

extension HandmadeModel {
  /// Returns the offset of bytes at the end of a larger arena.
  fileprivate mutating func appendBytes(_ count: UInt32) -> UInt32 {
    header.tensorBytes += count
    return header.tensorBytes - count
  }

  fileprivate mutating func addRemainders() {
    for index in [1, 2, 4] {
      tensors[index].remainders = 0
      tensors[index].remainders = appendBytes(UInt32(tensors[index].remainderByteCount))
    }
    // The sums of the head get a fourth plane, for which there is room between the tensors.
    tensors[5].width = 4
  }

  /// Lets layer 3 pool remainders too.
  fileprivate mutating func poolRemainders() { tensors[3].remainders = appendBytes(1 << 10) }

  fileprivate mutating func setProjection(_ height: UInt32, _ width: UInt32) {
    (layers[4].projection.kernelHeight, layers[4].projection.kernelWidth) = (height, width)
    weightCount = 256 * 32 * Int(height * width)
    header.fileSize = header.metadataSize + UInt32(weightCount)
  }

  /// Lets the head add up a tensor of another size.
  fileprivate mutating func sumRemainders(_ height: UInt32, _ width: UInt32) {
    setReadTensor(height, width, 256)
    tensors[6].remainders = 1 << 27
    layers[5].input = 6
  }

  /// Lets layer 2 read another input than its shortcut: the image in place of tensor 1.
  fileprivate mutating func readApart() {
    layers[2].input = 0
    layers[2].window.groups = 1
  }

  fileprivate mutating func writeInPlace() {
    readApart()
    (tensors[2].offset, tensors[2].halo) = (tensors[1].offset, tensors[1].halo)
  }

  /// Lets layer 4 project tensor 6, which layer 0 writes, in place of tensor 2.
  fileprivate mutating func readLater() {
    tensors[6] = tensors[2]
    tensors[6].offset = appendBytes(UInt32(tensors[6].byteCount))
    tensors[6].remainders = appendBytes(UInt32(tensors[6].remainderByteCount))
    layers[4].shortcut = 6
  }
}
