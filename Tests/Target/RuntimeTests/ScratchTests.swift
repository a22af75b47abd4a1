import ModelFormat
import ResNetInt8
import TestSupport
import Testing

/// No step asks for scratch yet. These tests ask for it in their place.
@Suite struct ScratchTests {
  /// Reference cases: basic blocks, bottleneck blocks with projections, and a CIFAR network with option A.
  private static let names = ["basic", "bottleneck", "cifar-a"]

  private func quantized(_ name: String) throws -> (bytes: [UInt8], image: [UInt8]) {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    let folder = ReferenceCase.folder
    return (try reference.quantized(in: folder).bytes, try reference.images(in: folder)[0])
  }

  @Test(arguments: names, [1, 64, 1000, 10_000, 1 << 20])
  func liesBesideWhatIsAlive(_ name: String, byteCount: Int) throws {
    let bytes = try quantized(name).bytes
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      let tensorBytes = Int(model.header.tensorBytes)
      withNetwork(model, scratch: { _, _ in byteCount }) { network, arena in
        var end = tensorBytes
        for layer in 0..<Int(model.header.layerCount) {
          let alive = aliveTensors(model, at: layer)
          func isFree(_ offset: Int) -> Bool {
            alive.allSatisfy { Int($0.offset) >= offset + byteCount || offset >= Int($0.offset) + $0.byteCount }
          }
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
      return layers[layer].output == tensor || isWritten && isRead
    }.map(model.tensor)
  }

  /// The logits stay the same whatever a layer writes to its scratch.
  @Test(arguments: names)
  func changesNoLogits(_ name: String) throws {
    let (bytes, image) = try quantized(name)
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
      let layer = model.pools - 1
      func scratch(_: Model, index: Int) -> Int { index == layer ? 64 : 0 }
      withNetwork(pools, scratch: scratch) { network, arena in
        let layout = ArenaLayout(pools, scratch: scratch)
        let offset = network.pointee.scratch(ofLayer: layer)! - (arena.baseAddress! + layout.tensorsOffset)
        #expect((offset < tensorBytes) == model.isFollowed)
        #expect(offset <= tensorBytes)
      }
    }
  }

  /// A model that pools tensor 1 into `fanOut` tensors, and each of these into another: then `fanOut` are alive at once. Each
  /// tensor has 64 bytes; between them lies a gap of as many.
  private func poolModel(fanOut: Int) -> [UInt8] {
    let tensorCount = 2 * fanOut + 3
    func tensor(_ index: Int, width: UInt32 = 1, channels: UInt32 = 16) -> TensorRecord {
      TensorRecord(
        offset: UInt32(index * 128), height: 1, width: width, channels: channels, halo: 0, fill: 0, scale: 1)
    }
    let tensors =
      [tensor(0, channels: 3)] + (1...2 * fanOut + 1).map { tensor($0) } + [tensor(tensorCount - 1, width: 3)]
    let window = WindowRecord(kernelHeight: 1, kernelWidth: 1)
    var layers = (0..<2 * fanOut).map { index in
      LayerRecord(
        kind: LayerKind.maxPool, input: UInt32(index < fanOut ? 1 : index - fanOut + 2), output: UInt32(index + 2),
        window: window)
    }
    layers.append(
      LayerRecord(
        kind: LayerKind.head, input: UInt32(tensorCount - 2), output: UInt32(tensorCount - 1), window: .none))
    let strings = [UInt8](repeating: 0, count: 1 + layers.count)
    var header = ModelHeader()
    let tables =
      MemoryLayout<ModelHeader>.stride + tensors.count * MemoryLayout<TensorRecord>.stride
      + layers.count * MemoryLayout<LayerRecord>.stride
    let parameters = (tables + strings.count + 63) / 64 * 64
    layers[layers.count - 1].parameters = UInt32(parameters)
    (header.tensorCount, header.layerCount) = (UInt32(tensors.count), UInt32(layers.count))
    (header.classCount, header.inputChannels) = (16, 3)
    header.tensorBytes = UInt32(tensorCount * 128)
    (header.stringsOffset, header.stringsSize) = (UInt32(tables), UInt32(strings.count))
    header.metadataSize = UInt32(parameters + 128)
    header.fileSize = header.metadataSize
    var metadata: [UInt8] = []
    for tensor in tensors { withUnsafeBytes(of: tensor) { metadata += $0 } }
    for layer in layers { withUnsafeBytes(of: layer) { metadata += $0 } }
    metadata += strings + [UInt8](repeating: 0, count: parameters - tables - strings.count + 128)
    var checksum = Checksum()
    header.weightsChecksum = checksum.value
    withUnsafeBytes(of: header) { checksum.append($0) }
    metadata.withUnsafeBytes { checksum.append($0) }
    header.checksum = checksum.value
    return withUnsafeBytes(of: header) { Array($0) } + metadata
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
      bytes.storeBytes(of: 0, toByteOffset: 16, as: UInt64.self)
      var checksum = Checksum()
      checksum.append(UnsafeRawBufferPointer(rebasing: bytes[..<Int(header.metadataSize)]))
      bytes.storeBytes(of: checksum.value, toByteOffset: 16, as: UInt64.self)
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
