import Graphs
import ModelFormat

/// The place of each tensor of a quantized graph in the arena, and its halo.
struct TensorLayout {
  let records: [TensorRecord]
  /// The bytes of the arena that the tensors take.
  let byteCount: Int

  /// Places all tensors.
  ///
  /// - Parameters:
  ///   - shapes: the shapes of all tensors. A classifier's output is left out: the head writes it to the caller's memory.
  ///   - quantizationParameters: the coding of the tensors.
  ///   - imageFill: what the image's halo holds, packed as in `TensorRecord.fill`.
  ///   - remainders: which tensors have remainders.
  ///   - isStreamed: whether tensors that can be streamed are. Otherwise each is whole, as calibration needs it.
  /// - Throws: `QuantizationError` where the tensors take more than a model may ask for.
  init(
    _ graph: Graph, shapes: [TensorShape], quantizationParameters: [QuantizationParameters], imageFill: UInt32,
    remainders: Remainders, isStreamed: Bool
  ) throws(QuantizationError) {
    var shapes = shapes
    if case .fullyConnected = graph.layers.last!.operation { shapes.removeLast() }
    var halos = Array(graph.halos.prefix(shapes.count))
    var lastUse = [Int](repeating: 0, count: shapes.count)
    for (index, layer) in graph.layers.enumerated() {
      lastUse[layer.input] = index
      guard case .convolution(_, let shortcut, _) = layer.operation else { continue }
      switch shortcut {
      case .identity(let tensor), .projection(let tensor, _): lastUse[tensor] = index
      case nil: break
      }
    }

    // A residual block's output takes the place of its identity shortcut, unless something reads the shortcut
    // afterwards or the convolution itself reads it through its window. `buffer` holds, for each tensor, the index of
    // the tensor whose place it takes.
    // Remainders take the place of the shortcut's, unless something reads those afterwards.
    var buffer = Array(shapes.indices)
    var remainderBuffer = buffer
    for (index, layer) in graph.layers.enumerated() {
      guard case .convolution(_, .identity(let tensor)?, _) = layer.operation else { continue }
      if lastUse[tensor] == index, layer.input != tensor { buffer[index + 1] = buffer[tensor] }
      if remainders.lastReaders[tensor] == index { remainderBuffer[index + 1] = remainderBuffer[tensor] }
    }
    for index in shapes.indices { halos[buffer[index]] = max(halos[buffer[index]], halos[index]) }

    var records = shapes.indices.map { index in
      let shape = shapes[index]
      let zeroPoint = UInt32(quantizationParameters[index].zeroPoint)
      return TensorRecord(
        offset: 0, height: UInt32(shape.height), width: UInt32(shape.width),
        channels: UInt32(Self.storedChannels(shape, tensor: index)), halo: UInt32(halos[buffer[index]]),
        fill: index == 0 ? imageFill : zeroPoint * 0x0101_0101, scale: quantizationParameters[index].scale)
    }
    if case .globalAveragePool = graph.layers[shapes.count - 2].operation {
      let summed = graph.layers[shapes.count - 2].input
      records[shapes.count - 1].width = UInt32(HeadBlock.sumPlanes(hasRemainders: remainders[summed]))
    }
    for index in shapes.indices where remainders[index] { records[index].remainders = 0 }
    // A tensor is written by the layer before it, and the image before layer 0 runs. What a pool makes of a streamed tensor is
    // written with that.
    var writers = shapes.indices.map { max($0 - 1, 0) }
    if isStreamed {
      for (tensor, kernel) in graph.streamedTensors {
        records[tensor].rowsInMemory = UInt32(min(shapes[tensor].height, Self.windowsInMemory * kernel))
        if records[tensor].isStreamed { writers[tensor + 1] = writers[tensor] }
      }
    }

    let buffers = Self.buffers(buffer, writers: writers, lastUses: lastUse, byteCounts: records.map(\.byteCount))
    let remainderBuffers = Self.buffers(
      remainderBuffer, writers: writers, lastUses: shapes.indices.map { remainders.lastReaders[$0] ?? 0 },
      byteCounts: records.map(\.remainderByteCount))
    let plan = MemoryPlanner.plan(buffers + remainderBuffers)
    let limit = 1 << 30
    guard plan.byteCount <= limit, records.allSatisfy({ $0.byteCount < limit }) else {
      throw QuantizationError(
        "an input of \(shapes[0].height)x\(shapes[0].width) is too large for \(graph.name): its tensors take more than "
          + "\(limit) bytes; choose a smaller input size")
    }
    for index in records.indices {
      records[index].offset = UInt32(plan.offsets[buffer[index]])
      if remainders[index] {
        records[index].remainders = UInt32(plan.offsets[buffers.count + remainderBuffer[index]])
      }
    }
    self.records = records
    byteCount = plan.byteCount
  }

  /// Returns the memory of each tensor that has some of its own, and none for the others.
  ///
  /// - Parameters:
  ///   - owners: for each tensor, the index of the tensor whose memory it takes.
  ///   - writers: for each tensor, the layer that writes it.
  ///   - lastUses: for each tensor, the last layer that reads it.
  private static func buffers(
    _ owners: [Int], writers: [Int], lastUses: [Int], byteCounts: [Int]
  ) -> [MemoryPlanner.Buffer] {
    let members = Dictionary(grouping: owners.indices) { owners[$0] }
    return owners.indices.map { index in
      let members = members[index] ?? []
      let first = members.map { writers[$0] }.min() ?? 0
      let last = members.map { max(lastUses[$0], writers[$0]) }.max() ?? 0
      return MemoryPlanner.Buffer(byteCount: members.isEmpty ? 0 : byteCounts[index], first: first, last: last)
    }
  }

  /// Places all tensors where their coding does not matter yet.
  init(_ graph: Graph, shapes: [TensorShape], _ residualBits: ResidualBits) throws(QuantizationError) {
    let parameters = QuantizationParameters(scale: 1, zeroPoint: 0)
    try self.init(
      graph, shapes: shapes, quantizationParameters: Array(repeating: parameters, count: shapes.count), imageFill: 0,
      remainders: Remainders(graph, shapes: shapes, residualBits), isStreamed: false)
  }

  /// The windows of a pool that have room in a streamed tensor, one above the other. So eight workers have one each.
  private static let windowsInMemory = 8

  static func storedChannels(_ shape: TensorShape, tensor: Int) -> Int {
    tensor == 0 ? shape.channels : (shape.channels + channelsPerBlock - 1) / channelsPerBlock * channelsPerBlock
  }
}

extension Graph {
  /// The tensors between a convolution without a shortcut and a max pool that alone reads them, with the height of the
  /// pool's windows.
  fileprivate var streamedTensors: [(tensor: Int, kernel: Int)] {
    let readers = readerCounts
    return layers.indices.dropLast().compactMap { index in
      guard case .convolution(_, nil, _) = layers[index].operation, readers[index + 1] == 1,
        layers[index + 1].input == index + 1, case .maxPool(let kernel, _, _) = layers[index + 1].operation
      else { return nil }
      return (index + 1, kernel)
    }
  }
}
