import ModelFormat

/// Places the scratch of each layer where no tensor is alive while the layer runs, as low as it fits. Beyond the tensors it
/// lies only where there is no such room.
///
/// A tensor is alive from the layer that writes it to the last one that reads it; the image, tensor 0, from the start.
/// Nothing is allocated, since an arena's size is asked for before there is one: the layers' last uses lie on the stack,
/// for as many tensors as any ResNet has. In models that have more, scratch lies beyond the tensors.
///
/// - Parameters:
///   - byteCount: bytes that a layer asks for, 0 for none.
///   - place: called with each layer that asks for scratch and the offset of its scratch from the first tensor, a multiple
///     of 64.
/// - Returns: the bytes that tensors and scratch take together.
@discardableResult
func placeScratch(
  of model: Model, byteCount: (LayerRecord) -> Int, _ place: (_ layer: Int, _ offset: Int) -> Void
) -> Int {
  let tensorBytes = Int(model.header.tensorBytes)
  var alive = AliveTensors(model)
  var end = tensorBytes
  for index in 0..<Int(model.header.layerCount) {
    let layer = model.layer(index)
    alive.begin(layer)
    let bytes = byteCount(layer)
    if bytes > 0 {
      let offset = alive.lowestGap(bytes) ?? tensorBytes
      place(index, offset)
      end = max(end, (offset + bytes + 63) / 64 * 64)
    }
    alive.end(index)
  }
  return end
}

/// The tensors whose contents are needed, followed from layer to layer.
private struct AliveTensors {
  private let model: Model
  /// The last layer that reads each tensor, plus 1; 0 for none.
  private var lastUses = InlineArray<2048, UInt16>(repeating: 0)
  private var tensors = InlineArray<16, UInt32>(repeating: 0)
  private var count = 0
  /// False where a table is too small for the model.
  private var isComplete: Bool

  init(_ model: Model) {
    self.model = model
    isComplete = Int(model.header.tensorCount) <= lastUses.count && model.header.layerCount < UInt16.max
    guard isComplete else { return }
    for index in 0..<Int(model.header.layerCount) {
      let layer = model.layer(index)
      lastUses[Int(layer.input)] = UInt16(index + 1)
      if layer.shortcutKind != ShortcutKind.none { lastUses[Int(layer.shortcut)] = UInt16(index + 1) }
    }
    add(0)
  }

  /// A layer starts to write its output.
  mutating func begin(_ layer: LayerRecord) {
    if isComplete { add(layer.output) }
  }

  /// What nobody reads after a layer is given up.
  mutating func end(_ index: Int) {
    guard isComplete else { return }
    var kept = 0
    for place in 0..<count where lastUses[Int(tensors[place])] > UInt16(index + 1) {
      tensors[kept] = tensors[place]
      kept += 1
    }
    count = kept
  }

  /// The lowest offset at which as many bytes lie beside all tensors that are alive; nil where these are not known.
  func lowestGap(_ byteCount: Int) -> Int? {
    guard isComplete else { return nil }
    var offset = 0
    var place = 0
    while place < count {
      let tensor = model.tensor(tensors[place])
      let start = Int(tensor.offset)
      if start < offset + byteCount && offset < start + tensor.byteCount {
        offset = start + tensor.byteCount
        place = 0
      } else {
        place += 1
      }
    }
    return offset
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
