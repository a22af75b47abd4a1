import Foundation
import ModelFormat
import TestSupport
import Testing

/// A model must compute the same whatever its arena held before, and whichever pixel is computed first.
@Suite struct LifetimesTests {
  /// A change of a model: the new offset of each of some tensors, or a field of a layer's record.
  enum Change: Sendable {
    case offsets([Int: UInt32])
    case input(layer: Int, tensor: UInt32)
    case shortcut(layer: Int, tensor: UInt32)
  }

  /// Checks the committed model `basic`, changed. Its tensors 2, 4 and 6 have 1,600 bytes each and lie at 0, each the
  /// identity shortcut of the next; 1, 3 and 5 lie above.
  private func check(_ change: Change) throws {
    var bytes = [UInt8](try Data(contentsOf: fixtures.appending(path: "models/basic.rn8")))
    try bytes.withUnsafeMutableBytes { bytes in
      let header = try Model(validating: bytes.baseAddress!, size: bytes.count).header
      let tensors = header.byteCount
      // A file of version 1 has shorter records.
      let tensorBytes = 28
      let layers = tensors + Int(header.tensorCount) * tensorBytes
      func store(_ value: UInt32, at offset: Int) { bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self) }
      switch change {
      case .offsets(let offsets):
        for (tensor, offset) in offsets { store(offset, at: tensors + tensor * tensorBytes) }
      case .input(let layer, let tensor): store(tensor, at: layers + layer * MemoryLayout<LayerRecord>.stride + 4)
      case .shortcut(let layer, let tensor): store(tensor, at: layers + layer * MemoryLayout<LayerRecord>.stride + 16)
      }
      repairChecksum(of: bytes)
      _ = try Model(validating: bytes.baseAddress!, size: bytes.count)
    }
  }

  @Test(arguments: [
    Change.offsets([:]),
    .offsets([12: 512]),
    // The second block's output lies beside its shortcut in place of on it.
    .offsets([5: 3200, 6: 1600, 7: 4800, 8: 5376]),
  ])
  func acceptsTensorsApart(_ change: Change) {
    #expect(throws: Never.self) { try check(change) }
  }

  @Test(arguments: [
    ("the output overlaps the image, its input", Change.offsets([1: 0])),
    ("the output of a pooling lies on its input", .offsets([2: 4352])),
    ("the last byte of the output overlaps the first of its input", .offsets([5: 1536])),
    ("the sums of the head overlap its input", .offsets([13: 192])),
    ("the output overlaps an identity shortcut, but not exactly", .offsets([5: 3200, 6: 64])),
    ("the output overlaps the shortcut of a projection", .offsets([8: 0])),
    ("the input is written later", .input(layer: 2, tensor: 4)),
    ("the shortcut is the output itself, written nowhere before", .shortcut(layer: 3, tensor: 4)),
    ("the shortcut was overwritten since it was written", .shortcut(layer: 5, tensor: 2)),
  ])
  func refuses(_ what: String, _ change: Change) {
    #expect(throws: ModelError.invalid, Comment(rawValue: what)) { try check(change) }
  }

  /// Each pool reads what was written about `fanOut` layers before it.
  @Test(arguments: [(fanOut: 1300, isAccepted: true), (1400, false)])
  func boundsTheSearchForWhatWroteATensor(_ model: (fanOut: Int, isAccepted: Bool)) {
    poolModel(fanOut: model.fanOut).withUnsafeBytes { bytes in
      let checked = Result { try Model(validating: bytes.baseAddress!, size: bytes.count) }
      #expect(((try? checked.get()) != nil) == model.isAccepted)
    }
  }
}
