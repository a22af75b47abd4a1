import ModelFormat

/// Places the scratch of each layer at the lowest offset where it fits beside the tensors that are alive while the
/// layer runs. So it reaches beyond the tensors only where there is no room among them.
///
/// A tensor, with its remainders, is alive from the layer that writes it to the last layer that reads it; the image,
/// tensor 0, is alive from the start. An arena's size is asked for before there is an arena, and nothing may be allocated. So the
/// tensors' last uses lie on the stack, in tables of fixed size that suffice for any ResNet. In models that need
/// larger tables, scratch lies beyond the tensors.
///
/// - Parameters:
///   - byteCount: returns the bytes of scratch that a layer asks for, 0 for none.
///   - place: takes each layer that asks for scratch, and the offset of its scratch from the start of the tensors, a
///     multiple of 64 bytes.
/// - Returns: the bytes that tensors and scratch take together.
@discardableResult
package func forEachScratch(
  of model: Model, byteCount: (_ layer: Int) -> Int, place: (_ layer: Int, _ offset: Int) -> Void
) -> Int {
  let tensorBytes = Int(model.header.tensorBytes)
  var alive = AliveTensors(model)
  var end = tensorBytes
  for index in 0..<Int(model.header.layerCount) {
    let layer = model.layer(index)
    alive.begin(layer)
    // What a pool makes of a streamed output is written with it.
    if model.tensor(layer.output).isStreamed { alive.begin(model.layer(index + 1)) }
    let bytes = byteCount(index)
    if bytes > 0 {
      let offset = alive.lowestGap(bytes) ?? tensorBytes
      place(index, offset)
      end = max(end, offset + ArenaLayout.aligned(bytes))
    }
    alive.end(index)
  }
  return end
}

/// The tensors that are alive: those whose contents are still needed. They change from layer to layer.
private struct AliveTensors {
  private let model: Model
  /// For each tensor, the index of the last layer that reads it, plus 1; 0 where no layer does.
  private var lastUses = InlineArray<2048, UInt16>(repeating: 0)
  /// The indices of the tensors that are alive, `count` of them.
  private var tensors = InlineArray<16, UInt32>(repeating: 0)
  private var count = 0
  /// Whether the tables are large enough for the model. If not, it is not known which tensors are alive.
  private var isComplete: Bool

  init(_ model: Model) {
    self.model = model
    isComplete = Int(model.header.tensorCount) <= lastUses.count && model.header.layerCount < UInt16.max
    guard isComplete else { return }
    for index in 0..<Int(model.header.layerCount) {
      let layer = model.layer(index)
      lastUses[Int(layer.input)] = UInt16(index + 1)
      if layer.hasShortcut { lastUses[Int(layer.shortcut)] = UInt16(index + 1) }
    }
    add(0)
  }

  /// Takes note that a layer begins: its output is alive from here on.
  mutating func begin(_ layer: LayerRecord) {
    if isComplete { add(layer.output) }
  }

  /// Takes note that a layer has ended: tensors that no later layer reads are no longer alive.
  mutating func end(_ index: Int) {
    guard isComplete else { return }
    var kept = 0
    for place in 0..<count where lastUses[Int(tensors[place])] > UInt16(index + 1) {
      tensors[kept] = tensors[place]
      kept += 1
    }
    count = kept
  }

  /// Returns the lowest offset at which so many bytes overlap no tensor that is alive; nil where it is not known
  /// which are.
  func lowestGap(_ byteCount: Int) -> Int? {
    guard isComplete else { return nil }
    var offset = 0
    var place = 0
    while place < count {
      let tensor = model.tensor(tensors[place])
      if overlaps(offset, byteCount, Int(tensor.offset), tensor.byteCount) {
        offset = Int(tensor.offset) + tensor.byteCount
        place = 0
      } else if tensor.hasRemainders && overlaps(offset, byteCount, Int(tensor.remainders), tensor.remainderByteCount) {
        offset = Int(tensor.remainders) + tensor.remainderByteCount
        place = 0
      } else {
        place += 1
      }
    }
    return offset
  }

  private func overlaps(_ one: Int, _ byteCount: Int, _ other: Int, _ otherByteCount: Int) -> Bool {
    other < one + byteCount && one < other + otherByteCount
  }

  private mutating func add(_ tensor: UInt32) {
    for place in 0..<count where tensors[place] == tensor { return }
    guard count < tensors.count else {
      isComplete = false
      return
    }
    tensors[count] = tensor
    count += 1
  }
}
