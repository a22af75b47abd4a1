import ModelFormat
import Testing

/// The rules for the file as a whole, its tables and its tensors.
@Suite struct FileValidationTests {
  @Test func intactModelIsAccepted() throws {
    #expect(whyRefused(HandmadeModel().bytes) == nil)
    #expect(whyRefused(HandmadeModel(labels: []).bytes) == nil)
    try withModel(HandmadeModel().bytes) { model in
      #expect(throws: Never.self) { try model.verifyWeights() }
    }
  }

  @Test func beginning() {
    let bytes = HandmadeModel().bytes
    for count in bytes.indices {
      #expect(whyRefused(Array(bytes[..<count])) == .truncated, "\(count) bytes")
    }
    #expect(whyRefused(bytes + [1, 2, 3]) == nil)
    for index in 0..<4 {
      var other = bytes
      other[index] ^= 1
      #expect(whyRefused(other) == .notAModel)
      #expect(whyRefused(Array(other[..<4])) == .notAModel)
    }
  }

  @Test func checksums() throws {
    let bytes = HandmadeModel().bytes
    let metadataSize = Int(HandmadeModel().header.metadataSize)
    for index in 16..<metadataSize {
      var other = bytes
      other[index] ^= 0x10
      #expect(whyRefused(other) == .corrupt, "byte \(index)")
    }
    for index in [metadataSize, metadataSize + 1, bytes.count - 1] {
      var other = bytes
      other[index] ^= 0x10
      try withModel(other) { model in
        #expect(throws: ModelError.corrupt) { try model.verifyWeights() }
      }
    }
  }

  /// It cannot be told then which bytes the checksum is of.
  @Test func metadataSizeIsDamaged() {
    let header = HandmadeModel().header
    for size: UInt32 in [0, 64, 104, 120, header.metadataSize + 1, header.fileSize + 64, .max - 63] {
      var model = HandmadeModel()
      model.header.metadataSize = size
      #expect(whyRefused(model.bytes) == .corrupt, "\(size)")
    }
  }

  @Test(
    arguments: [
      .refused("version 5", .laterVersion) { $0.header.version = 5 },
      .refused("version 0") { $0.header.version = 0 },
      .refused("a byte more than there are", .truncated) { $0.header.fileSize += 1 },
      .refused("no tensors") { $0.header.tensorCount = 0 },
      .refused("no layers") { model in
        model.header.layerCount = 0
        model.strings.removeFirst(6)
        model.header.stringsSize -= 6
      },
      .refused("no classes") { model in
        model = HandmadeModel(labels: [])
        model.header.classCount = 0
      },
      .allowed("1 GiB of tensors") { $0.header.tensorBytes = 1 << 30 },
      .refused("1 GiB and 64 bytes of tensors") { $0.header.tensorBytes = 1 << 30 + 64 },
      .refused("bytes of tensors that are no multiple of 64") { $0.header.tensorBytes += 1 },
      .refused("strings that begin in the last byte of the tables") { model in
        model.layers[5].projection.weights = 0x4100_0000
        model.header.stringsOffset -= 1
        model.header.stringsSize += 1
      },
      .refused("strings beyond the file") { $0.header.stringsSize = .max },
      .refused("a name too few") { $0.strings[1] = 65 },
      .refused("a label too many") { $0.strings[$0.strings.count - 2] = 0 },
      .refused("a last string without an end") { model in
        model.strings[model.strings.count - 2] = 0
        model.strings[model.strings.count - 1] = 65
      },
    ] as [Change])
  func tables(_ change: Change) { change.check() }

  @Test(
    arguments: [
      .refused("no rows") { $0.setUnusedTensor(0, 1, 16) },
      .allowed("65,536 rows") { $0.setUnusedTensor(1 << 16, 1, 16) },
      .refused("65,537 rows") { $0.setUnusedTensor(1 << 16 + 1, 1, 16) },
      .refused("no columns") { $0.setUnusedTensor(1, 0, 16) },
      .allowed("65,536 columns") { $0.setUnusedTensor(1, 1 << 16, 16) },
      .refused("65,537 columns") { $0.setUnusedTensor(1, 1 << 16 + 1, 16) },
      .refused("no channels") { $0.setUnusedTensor(1, 1, 0) },
      .allowed("65,536 channels") { $0.setUnusedTensor(1, 1, 1 << 16) },
      .refused("65,552 channels") { $0.setUnusedTensor(1, 1, 1 << 16 + 16) },
      .refused("24 channels") { $0.setUnusedTensor(1, 1, 24) },
      .allowed("a halo of 4,096 pixels") { model in
        model.setReadTensor(1, 1, 16)
        model.tensors[0].halo = 1 << 12
      },
      .refused("a halo of 4,097 pixels") { model in
        model.setReadTensor(1, 1, 16)
        model.tensors[0].halo = 1 << 12 + 1
      },
      .refused("an offset that is no multiple of 64") { model in
        model.setUnusedTensor(1, 1, 16)
        model.tensors[7].offset = 32
      },
      .allowed("less than 1 GiB") { $0.setUnusedTensor(1024, 1024, 1008) },
      .refused("1 GiB") { $0.setUnusedTensor(1024, 1024, 1024) },
      .refused("the end 64 bytes beyond that of all tensors") { $0.tensors[7].offset += 64 },
      .allowed("an image at the end") { $0.tensors[0].offset = $0.header.tensorBytes - 256 },
      .refused("an image at the end without the 3 bytes behind it") { model in
        model.tensors[0].offset = model.header.tensorBytes - 192
      },
      .refused("an image of other channels than the header's") { $0.header.inputChannels = 2 },
      .allowed("an image of 4 channels") { model in
        model.tensors[0].channels = 4
        model.header.inputChannels = 4
      },
      .refused("an image of 5 channels") { model in
        model.tensors[0].channels = 5
        model.header.inputChannels = 5
      },
    ] as [Change])
  func tensors(_ change: Change) { change.check() }

  @Test(
    arguments: [
      .refused("no kind of resize") { $0.header.resizeKind = 3 },
      .refused("a height of no resize") { $0.header.resizeHeight = 1 },
      .refused("a width of no resize") { $0.header.resizeWidth = 1 },
      .allowed("a shorter side of 1 pixel") { $0.setResize(1, 1, 0) },
      .allowed("a shorter side of 65,536 pixels") { $0.setResize(1, 1 << 16, 0) },
      .refused("a shorter side of no pixels") { $0.setResize(1, 0, 0) },
      .refused("a shorter side of 65,537 pixels") { $0.setResize(1, 1 << 16 + 1, 0) },
      .refused("a shorter side with a width") { $0.setResize(1, 1, 1) },
      .allowed("1 x 65,536 pixels") { $0.setResize(2, 1, 1 << 16) },
      .allowed("65,536 x 1 pixels") { $0.setResize(2, 1 << 16, 1) },
      .refused("1 x 65,537 pixels") { $0.setResize(2, 1, 1 << 16 + 1) },
      .refused("65,537 x 1 pixels") { $0.setResize(2, 1 << 16 + 1, 1) },
      .refused("no rows") { $0.setResize(2, 0, 1) },
      .refused("no columns") { $0.setResize(2, 1, 0) },
      .allowed("bicubic interpolation") { $0.header.interpolation = 1 },
      .refused("no interpolation") { $0.header.interpolation = 2 },
      .allowed("a crop that is rounded down") { $0.header.cropRounding = 1 },
      .refused("no rounding of the crop") { $0.header.cropRounding = 2 },
    ] as [Change])
  func preparation(_ change: Change) { change.check() }

  /// Labels are those of the model's classes, in their order.
  @Test func labels() throws {
    try withModel(HandmadeModel(labels: ["", "a", "bc"] + (3..<10).map { "\($0)\u{20ac}" }).bytes) { model in
      #expect((0..<10).map { String(cString: model.label($0)!) } == ["", "a", "bc"] + (3..<10).map { "\($0)\u{20ac}" })
      #expect(model.label(10) == nil)
      #expect(model.label(.max) == nil)
    }
    try withModel(HandmadeModel(labels: []).bytes) { model in
      for index: UInt32 in [0, 9, 10] { #expect(model.label(index) == nil) }
    }
  }
}
