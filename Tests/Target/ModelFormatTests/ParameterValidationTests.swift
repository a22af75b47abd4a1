import ModelFormat
import Testing

/// The rules for the parameters of convolutions, and for the head.
@Suite struct ParameterValidationTests {
  private static let projecting = 4

  @Test(arguments: [
    (ParameterBlock.shift, Int32(0)...31), (ParameterBlock.multiplier, 0...32767),
    (ParameterBlock.shortcutMultiplier, -32768...32767), (ParameterBlock.shortcutShift, 0...31),
    (ParameterBlock.projectionShift, 0...31),
  ])
  func ranges(_ row: Int, range: ClosedRange<Int32>) {
    for (value, isAllowed) in [
      (range.lowerBound, true), (range.upperBound, true), (range.lowerBound - 1, false), (range.upperBound + 1, false),
      (.min, false), (.max, false),
    ] {
      var model = HandmadeModel()
      model[Self.projecting, row] = value
      #expect(whyRefused(model.bytes) == (isAllowed ? nil : .invalid), "\(value)")
    }
  }

  /// A scale or a bias of the head that is not finite could make logits that are no numbers.
  @Test func headIsFinite() {
    for (value, isAllowed) in [
      (Float.greatestFiniteMagnitude, true), (-.greatestFiniteMagnitude, true), (.leastNonzeroMagnitude, true),
      (.infinity, false), (-.infinity, false), (.nan, false), (.signalingNaN, false),
    ] {
      for word in [0, 15, 16, 31] {
        var model = HandmadeModel()
        model.parameters[model.parameters.count - 1][word] = Int32(bitPattern: value.bitPattern)
        #expect(whyRefused(model.bytes) == (isAllowed ? nil : .invalid), "\(value) in word \(word)")
      }
    }
  }

  /// The sum of the largest products, plus bias and shortcut, just fits Int32.
  ///
  /// - Parameters:
  ///   - depth: the products in the sum of the layer.
  ///   - shortcut: the magnitude that the layer's shortcut can have.
  private func checkBias(
    of layer: Int, row: Int = ParameterBlock.bias, depth: Int32, shortcut: Int32 = 0,
    _ change: (inout HandmadeModel) -> Void = { _ in }
  ) {
    let room = Int32.max - 255 * 128 * depth - shortcut
    for (bias, isAllowed) in [
      (room, true), (-room, true), (0, true), (room + 1, false), (-room - 1, false), (.max, false), (.min, false),
    ] {
      var model = HandmadeModel()
      change(&model)
      model[layer, row] = bias
      #expect(whyRefused(model.bytes) == (isAllowed ? nil : .accumulatorOverflow), "bias \(bias), room \(room)")
    }
  }

  @Test func biasFits() {
    checkBias(of: 1, depth: 3 * 12)
    // 1 << 15 is the shortcut where its multiplier is 1; its shift of 1 halves it. Rounding down adds 1.
    checkBias(of: 2, depth: 9 * 16, shortcut: 1 << 14 + 1)
    checkBias(of: 4, depth: 32, shortcut: 1 << 14 + 1)
    checkBias(of: 4, row: ParameterBlock.projectionBias, depth: 32)
  }

  @Test(arguments: [Int32(-32768), -32767, 32767], [Int32(0), 1, 2, 3, 4, 15, 31])
  func shortcutFits(multiplier: Int32, shift: Int32) {
    checkBias(of: 2, depth: 9 * 16, shortcut: (abs(multiplier) << 15) >> shift + 1) { model in
      model[2, ParameterBlock.shortcutMultiplier] = multiplier
      model[2, ParameterBlock.shortcutShift] = shift
    }
  }

  /// 65,792 products are the most.
  @Test(
    arguments: [
      .allowed("65,792 products") { model in
        model.project(300, 300, WindowRecord(kernelHeight: 257, kernelWidth: 16))
      },
      .refused("65,808 products", .accumulatorOverflow) { model in
        model.project(500, 500, WindowRecord(kernelHeight: 457, kernelWidth: 9))
      },
    ] as [Change])
  func depth(_ change: Change) { change.check() }

  @Test(
    arguments: [
      .allowed("where the strings begin") { $0.layers[5].parameters = $0.header.stringsOffset },
      .refused("in front of the strings") { $0.layers[5].parameters = $0.header.stringsOffset - 1 },
      .refused("a byte inside the weights") { $0.layers[5].parameters += 1 },
    ] as [Change])
  func place(_ change: Change) { change.check() }

  /// All parameters together take no more bytes than the metadata has, even where layers share them.
  @Test func sharedParameters() {
    let all = 4 * (16 * 3 + 32 * 3 + 32 * 5 + 2 * 256 * 7 + 32)
    let unusedBytes = all - Int(HandmadeModel(copies: 1).header.metadataSize)
    let model = HandmadeModel(copies: 1, unusedBytes: unusedBytes)
    #expect(Int(model.header.metadataSize) == all)
    #expect(whyRefused(model.bytes) == nil)
    #expect(whyRefused(HandmadeModel(copies: 1, unusedBytes: unusedBytes - 64).bytes) == .invalid)
  }

  @Test(
    arguments: [
      .refused("2 rows of sums") { $0.tensors[5].setHeight(2) },
      .refused("2 planes of sums") { $0.tensors[5].width = 2 },
      .refused("4 planes of sums") { $0.tensors[5].width = 4 },
      .refused("sums with a halo") { $0.tensors[5].halo = 1 },
      .refused("sums of other channels") { $0.tensors[5].channels = 240 },
      .allowed("65,793 pixels") { model in
        model.setReadTensor(273, 241, 256)
        model.layers[5].input = 6
      },
      .refused("65,794 pixels") { model in
        model.setReadTensor(491, 134, 256)
        model.layers[5].input = 6
      },
      .refused("weights inside the metadata") { $0.layers[5].window.weights -= 1 },
      .allowed("weights up to the file's end") { $0.layers[5].window.weights = $0.header.fileSize - 16 * 256 },
      .refused("weights beyond the file's end") { $0.layers[5].window.weights = $0.header.fileSize - 16 * 256 + 1 },
      .allowed("as many features as channels") { makeFeatures(&$0, 256) },
      .refused("more features than channels") { makeFeatures(&$0, 257) },
      .allowed("2^20 classes") { makeClasses(&$0, 1 << 20) },
      .refused("2^20 + 1 classes") { makeClasses(&$0, 1 << 20 + 1) },
    ] as [Change])
  func head(_ change: Change) { change.check() }

  private static func makeFeatures(_ model: inout HandmadeModel, _ count: UInt32) {
    model = HandmadeModel(labels: [], unusedBytes: 4096)
    model.header.classCount = count
    (model.layers[5].window.weights, model.layers[5].parameters) = (0, model.header.stringsOffset)
  }

  /// The classifier of so many classes has 16 channels.
  private static func makeClasses(_ model: inout HandmadeModel, _ count: UInt32) {
    model = HandmadeModel(labels: [], unusedBytes: 9 << 20)
    model.header.classCount = count
    (model.layers[5].input, model.tensors[5].channels) = (6, 16)
    model.layers[5].parameters = model.header.stringsOffset
    model.weightCount = 17 << 20
    model.header.fileSize = model.header.metadataSize + UInt32(model.weightCount)
  }
}
