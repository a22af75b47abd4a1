import ModelFormat
import Quantization
import ResNetInt8
import TestSupport
import Testing

/// No step asks for scratch yet. These tests ask for it in their place.
@Suite struct ScratchTests {
  /// Reference cases: basic blocks, bottleneck blocks with projections, and a CIFAR network with option A.
  private static let names = ["basic", "bottleneck", "cifar-a"]

  private func quantized(
    _ name: String, _ residualBits: ResidualBits = .eight
  ) throws -> (bytes: [UInt8], image: [UInt8]) {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    let folder = ReferenceCase.folder
    let bytes = try reference.quantized(in: folder, residualBits: residualBits).bytes
    return (bytes, try reference.images(in: folder)[0])
  }

  @Test(arguments: names, [ResidualBits.eight, .sixteen])
  func liesBesideWhatIsAlive(_ name: String, residualBits: ResidualBits) throws {
    let bytes = try quantized(name, residualBits).bytes
    for byteCount in [1, 64, 1000, 10_000, 1 << 20] { try checkPlaces(bytes, byteCount: byteCount) }
  }

  private func checkPlaces(_ bytes: [UInt8], byteCount: Int) throws {
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      let tensorBytes = Int(model.header.tensorBytes)
      withNetwork(model, scratch: { _, _ in byteCount }) { network, arena in
        var end = tensorBytes
        for layer in 0..<Int(model.header.layerCount) {
          let taken = aliveTensors(model, at: layer).flatMap { tensor in
            let codes = Int(tensor.offset)..<Int(tensor.offset) + tensor.byteCount
            let remainders = Int(tensor.remainders)..<Int(tensor.remainders) + tensor.remainderByteCount
            return tensor.hasRemainders ? [codes, remainders] : [codes]
          }
          func isFree(_ offset: Int) -> Bool { !taken.contains { $0.overlaps(offset..<offset + byteCount) } }
          let scratch = network.pointee.scratch(ofLayer: layer)!
          let offset = scratch - (arena.baseAddress! + ArenaLayout(model, scratch: { _, _ in byteCount }).tensorsOffset)
          #expect(offset % 64 == 0 && isFree(offset), "layer \(layer)")
          #expect(
            !stride(from: 0, to: offset, by: 64).contains(where: isFree), "layer \(layer) has room below \(offset)")
          end = max(end, (offset + byteCount + 63) / 64 * 64)
        }
        let layout = ArenaLayout(model, scratch: { _, _ in byteCount })
        #expect(layout.byteCount == layout.tensorsOffset + end)
      }
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

  /// The logits stay the same whatever a layer writes to its scratch.
  @Test(arguments: names, [ResidualBits.eight, .sixteen])
  func changesNoLogits(_ name: String, residualBits: ResidualBits) throws {
    let (bytes, image) = try quantized(name, residualBits)
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      let expected = withNetwork(model, scratch: { _, _ in 0 }) { network, _ in
        #expect(network.pointee.scratch(ofLayer: 0) == nil)
        return run(network, image, scratchBytes: 0)
      }
      let sizes = [64, 4096, 1 << 18]
      for size in sizes {
        let actual = withNetwork(model, scratch: { _, _ in size }) { network, _ in
          run(network, image, scratchBytes: size)
        }
        #expect(actual == expected)
      }
    }
  }

  /// Layers may ask for different amounts of scratch, or for none. An arena without room for scratch has none.
  @Test func smallestArenaHasNone() throws {
    let bytes = try quantized("basic").bytes
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      func scratch(_ model: Model, _ layer: Int) -> Int {
        model.layer(layer).kind == LayerKind.convolution ? 1 << 20 : 0
      }
      let (smallest, whole) = (ArenaLayout(model), ArenaLayout(model, scratch: scratch))
      #expect(!smallest.hasScratch && whole.hasScratch && whole.byteCount > smallest.byteCount + 1 << 19)
      #expect(ArenaLayout(model, scratch: { _, _ in 0 }).byteCount == smallest.byteCount)
      for size in [smallest.byteCount, whole.byteCount - 1, whole.byteCount] {
        withArena(size) { arena in
          let network = try! Network.open(model, arena: arena.baseAddress!, size: size, scratch: scratch)
          for index in 0..<Int(model.header.layerCount) {
            let expectsScratch = size == whole.byteCount && scratch(model, index) > 0
            #expect((network.pointee.scratch(ofLayer: index) != nil) == expectsScratch)
          }
        }
      }
      withArena(smallest.byteCount) { arena in
        _ = #expect(throws: Status.arenaTooSmall) {
          try Network.open(model, arena: arena.baseAddress!, size: smallest.byteCount - 1, scratch: scratch)
        }
      }
    }
  }

  /// What the planner's tables cannot hold, more tensors alive at once or more tensors in all, gets its scratch behind the
  /// tensors.
  @Test(arguments: [(pools: 10, isFollowed: true), (40, false), (1100, false)])
  func liesBehindTheTensorsOfUnusualModels(_ model: (pools: Int, isFollowed: Bool)) throws {
    var bytes = poolModel(fanOut: model.pools)
    try bytes.withUnsafeMutableBytes { bytes in
      let pools = try Model(validating: bytes.baseAddress!, size: bytes.count)
      let tensorBytes = Int(pools.header.tensorBytes)
      // The last pool that reads tensor 1: what all of them wrote is still to be read.
      let layer = model.pools
      func scratch(_: Model, index: Int) -> Int { index == layer ? 64 : 0 }
      withNetwork(pools, scratch: scratch) { network, arena in
        let layout = ArenaLayout(pools, scratch: scratch)
        let offset = network.pointee.scratch(ofLayer: layer)! - (arena.baseAddress! + layout.tensorsOffset)
        #expect((offset < tensorBytes) == model.isFollowed)
        #expect(offset <= tensorBytes)
      }
    }
  }

  /// A max pool has no shortcut, whatever its record's fields say.
  @Test func unusedFieldsMayHoldAnything() throws {
    var bytes = try quantized("basic").bytes
    try bytes.withUnsafeMutableBytes { bytes in
      let header = bytes.load(as: ModelHeader.self)
      let layers = MemoryLayout<ModelHeader>.stride + Int(header.tensorCount) * MemoryLayout<TensorRecord>.stride
      let pool = layers + MemoryLayout<LayerRecord>.stride
      try #require(bytes.loadUnaligned(fromByteOffset: pool, as: UInt32.self) == LayerKind.maxPool)
      bytes.storeBytes(of: ShortcutKind.identity, toByteOffset: pool + 12, as: UInt32.self)
      bytes.storeBytes(of: .max, toByteOffset: pool + 16, as: UInt32.self)
      repairChecksum(of: bytes)
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      #expect(ArenaLayout(model, scratch: { _, _ in 64 }).hasScratch)
    }
  }

  // MARK: Networks

  private func run(_ network: UnsafeMutablePointer<Network>, _ image: [UInt8], scratchBytes: Int) -> [Float] {
    let model = network.pointee.model
    return [Float](unsafeUninitializedCapacity: Int(model.header.classCount)) { logits, count in
      network.pointee.storeImage(image, worker: 0, of: 1)
      for layer in 0..<Int(model.header.layerCount) {
        network.pointee.scratch(ofLayer: layer)?.initializeMemory(as: UInt8.self, repeating: 0xa5, count: scratchBytes)
        network.pointee.run(layer: layer, worker: 0, of: 1, logits: logits.baseAddress!)
      }
      count = Int(model.header.classCount)
    }
  }

  private func withNetwork<Result>(
    _ model: Model, scratch: (Model, Int) -> Int,
    _ body: (UnsafeMutablePointer<Network>, UnsafeMutableRawBufferPointer) -> Result
  ) -> Result {
    withArena(ArenaLayout(model, scratch: scratch).byteCount) { arena in
      body(try! Network.open(model, arena: arena.baseAddress!, size: arena.count, scratch: scratch), arena)
    }
  }

  private func withArena<Result>(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    let arena = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: ArenaLayout.alignment)
    defer { arena.deallocate() }
    return body(arena)
  }
}
