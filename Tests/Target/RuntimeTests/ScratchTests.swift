import ModelFormat
import Quantization
import ResNetInt8
import TestSupport
import Testing

/// Where scratch lies. The tests ask for as much of it as they like.
@Suite struct ScratchTests {
  /// Reference cases: basic blocks, bottleneck blocks with projections, and a CIFAR network with option A.
  private static let names = ["basic", "bottleneck", "cifar-a"]

  private func quantized(_ name: String, _ residualBits: ResidualBits = .eight) throws -> [UInt8] {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    return try reference.quantized(in: ReferenceCase.folder, residualBits: residualBits).bytes
  }

  @Test(arguments: names, [ResidualBits.eight, .sixteen])
  func liesBesideWhatIsAlive(_ name: String, residualBits: ResidualBits) throws {
    let bytes = try quantized(name, residualBits)
    for byteCount in [1, 64, 1000, 10_000, 1 << 20] { try checkPlaces(bytes, byteCount: byteCount) }
  }

  private func checkPlaces(_ bytes: [UInt8], byteCount: Int) throws {
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      var layers: [Int] = []
      var end = Int(model.header.tensorBytes)
      let bytesTogether = forEachScratch(
        of: model, byteCount: { _ in byteCount },
        place: { layer, offset in
          let taken = aliveTensors(model, at: layer).flatMap { tensor in
            let codes = Int(tensor.offset)..<Int(tensor.offset) + tensor.byteCount
            let remainders = Int(tensor.remainders)..<Int(tensor.remainders) + tensor.remainderByteCount
            return tensor.hasRemainders ? [codes, remainders] : [codes]
          }
          func isFree(_ offset: Int) -> Bool { !taken.contains { $0.overlaps(offset..<offset + byteCount) } }
          #expect(offset % 64 == 0 && isFree(offset), "layer \(layer)")
          #expect(
            !stride(from: 0, to: offset, by: 64).contains(where: isFree), "layer \(layer) has room below \(offset)")
          end = max(end, (offset + byteCount + 63) / 64 * 64)
          layers.append(layer)
        })
      #expect(layers == Array(0..<Int(model.header.layerCount)))
      #expect(bytesTogether == end)
    }
  }

  /// Returns the tensors that a layer's scratch must leave alone: its output, and tensors written before it that it or
  /// a later layer reads.
  private func aliveTensors(_ model: Model, at layer: Int) -> [TensorRecord] {
    let layers = (0..<Int(model.header.layerCount)).map(model.layer)
    return (0..<model.header.tensorCount).filter { tensor in
      let isWritten = tensor == 0 || layers[...layer].contains { $0.output == tensor }
      let isRead = layers[layer...].contains {
        $0.input == tensor || $0.shortcutKind != ShortcutKind.none && $0.shortcut == tensor
      }
      let isPooled = model.tensor(layers[layer].output).isStreamed && layers[layer + 1].output == tensor
      return layers[layer].output == tensor || isPooled || isWritten && isRead
    }.map(model.tensor)
  }

  /// Layers may ask for different amounts of scratch, or for none.
  @Test func onlyLayersThatAskHaveSome() throws {
    let bytes = try quantized("basic")
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      func isConvolution(_ layer: Int) -> Bool { model.layer(layer).kind == LayerKind.convolution }
      var layers: [Int] = []
      forEachScratch(
        of: model, byteCount: { isConvolution($0) ? 1 << 20 : 0 }, place: { layer, _ in layers.append(layer) })
      #expect(layers == (0..<Int(model.header.layerCount)).filter(isConvolution))
    }
  }

  /// What the planner's tables cannot hold, more tensors alive at once or more tensors in all, gets its scratch behind the
  /// tensors.
  @Test(arguments: [(pools: 10, isFollowed: true), (40, false), (1100, false)])
  func liesBehindTheTensorsOfUnusualModels(_ model: (pools: Int, isFollowed: Bool)) throws {
    let bytes = poolModel(fanOut: model.pools)
    try bytes.withUnsafeBytes { bytes in
      let pools = try Model(validating: bytes.baseAddress!, size: bytes.count)
      let tensorBytes = Int(pools.header.tensorBytes)
      // The last pool that reads tensor 1: what all of them wrote is still to be read.
      forEachScratch(
        of: pools, byteCount: { $0 == model.pools ? 64 : 0 },
        place: { _, offset in
          #expect((offset < tensorBytes) == model.isFollowed)
          #expect(offset <= tensorBytes)
        })
    }
  }

  /// A max pool has no shortcut, whatever its record's fields say.
  @Test func unusedFieldsMayHoldAnything() throws {
    var bytes = try quantized("basic")
    try bytes.withUnsafeMutableBytes { bytes in
      let header = bytes.load(as: ModelHeader.self)
      let layers = MemoryLayout<ModelHeader>.stride + Int(header.tensorCount) * MemoryLayout<TensorRecord>.stride
      let pool = layers + MemoryLayout<LayerRecord>.stride
      try #require(bytes.loadUnaligned(fromByteOffset: pool, as: UInt32.self) == LayerKind.maxPool)
      bytes.storeBytes(of: ShortcutKind.identity, toByteOffset: pool + 12, as: UInt32.self)
      bytes.storeBytes(of: .max, toByteOffset: pool + 16, as: UInt32.self)
      repairChecksum(of: bytes)
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      var count = 0
      forEachScratch(of: model, byteCount: { _ in 64 }, place: { _, _ in count += 1 })
      #expect(count == Int(model.header.layerCount))
    }
  }
}
