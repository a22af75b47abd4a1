import Foundation
import ModelFormat
import TestSupport
import Testing

/// Files of every version, which later versions read too.
@Suite struct VersionTests {
  @Test func version2() throws {
    try withModel([UInt8](Data(contentsOf: fixtures.appending(path: "models/bicubic.rn8")))) { model in
      let header = model.header
      #expect(header.version == 2 && header.byteCount == 120)
      #expect(header.resizeKind == ResizeKind.sides.rawValue && header.resizeHeight == 40 && header.resizeWidth == 36)
      #expect(header.interpolation == Interpolation.bicubic.rawValue)
      #expect(header.cropRounding == CropRounding.halfToEven.rawValue)
      #expect(model.tensor(0).height == 32 && model.tensor(0).channels == 3)
      #expect((0..<header.tensorCount).allSatisfy { !model.tensor($0).hasRemainders })
    }
  }

  @Test func version3() throws {
    try withModel([UInt8](Data(contentsOf: fixtures.appending(path: "models/cifar-a-16-bits.rn8")))) { model in
      let tensors = (0..<model.header.tensorCount).map(model.tensor)
      #expect(model.header.version == 3 && model.header.byteCount == 120)
      // The sums of all blocks but the image, the branches' tensors and the sums of the head.
      #expect(tensors.filter(\.hasRemainders).count == 7)
      #expect(tensors[0].height == 18 && tensors.last!.width == 4)
      #expect(tensors.allSatisfy { !$0.isStreamed })
    }
  }

  @Test func version4() throws {
    try withModel([UInt8](Data(contentsOf: fixtures.appending(path: "models/basic-streamed.rn8")))) { model in
      #expect(model.header.version == 4 && model.header.byteCount == 120)
      // The stem, which is pooled with its remainders.
      #expect(model.tensor(1).isStreamed && model.tensor(1).hasRemainders && model.tensor(2).hasRemainders)
      #expect((2..<model.header.tensorCount).allSatisfy { !model.tensor($0).isStreamed })
    }
  }

  /// Returns a model of 17x17 pixels that version 0.1.0 wrote.
  private func bytes() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: fixtures.appending(path: "models/cifar-b-odd.rn8")))
  }

  private func set(_ value: UInt32, at offset: Int, of bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { bytes in
      bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
      repairChecksum(of: bytes)
    }
  }

  @Test func version1HasTheFieldsOfToday() throws {
    try withModel(bytes()) { model in
      let header = model.header
      #expect(header.version == 1 && header.byteCount == 104)
      #expect(header.resizeKind == ResizeKind.shorterSide.rawValue && header.resizeHeight == 17)
      #expect(header.resizeWidth == 0 && header.interpolation == 0 && header.cropRounding == 0)
      #expect(model.tensor(0).height == 17 && model.tensor(0).channels == 3)
      #expect(model.layer(Int(header.layerCount) - 1).kind == LayerKind.head)
      #expect(throws: Never.self) { try model.verifyWeights() }
    }
  }

  /// Version 1 allowed any number here, and 0 where the preparation was not known.
  @Test(arguments: [
    (0 as UInt32, ResizeKind.unchanged), (1, .shorterSide), (.max, .shorterSide),
  ])
  func resize(_ resize: UInt32, _ kind: ResizeKind) throws {
    var bytes = try bytes()
    set(resize, at: 68, of: &bytes)
    try withModel(bytes) { model in
      #expect(model.header.resizeKind == kind.rawValue && model.header.resizeHeight == resize)
    }
  }

  /// The fields of one version are not those of the other.
  @Test func isNoOtherVersion() throws {
    var bytes = try bytes()
    set(2, at: 4, of: &bytes)
    #expect(whyRefused(bytes) == .invalid)
    set(0, at: 4, of: &bytes)
    #expect(whyRefused(bytes) == .invalid)
    set(3, at: 4, of: &bytes)
    #expect(whyRefused(bytes) == .invalid)
    set(4, at: 4, of: &bytes)
    #expect(whyRefused(bytes) == .invalid)
    set(5, at: 4, of: &bytes)
    #expect(whyRefused(bytes) == .laterVersion)
    #expect(whyRefused(Array(bytes[..<104])) == .laterVersion)
    #expect(whyRefused(Array(bytes[..<103])) == .truncated)
  }
}
