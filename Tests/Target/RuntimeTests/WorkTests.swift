import CResNetInt8
import ModelFormat
import ResNetInt8
import TestSupport
import Testing

/// The work that `resnet_int8_info` tells bounds the time of a model that nobody trusts.
@Suite struct WorkTests {
  private func quantized(_ name: String) throws -> [UInt8] {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    return try reference.quantized(in: ReferenceCase.folder).bytes
  }

  private func info(_ bytes: [UInt8]) -> resnet_int8_info {
    var info = resnet_int8_info()
    #expect(resnet_int8_inspect(bytes, bytes.count, &info, MemoryLayout.size(ofValue: info)) == RESNET_INT8_OK)
    return info
  }

  @Test(arguments: ["basic", "bottleneck", "cifar-a", "resnext-4"])
  func countsTheOperationsOfEveryLayer(_ name: String) throws {
    let bytes = try quantized(name)
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      func depth(_ window: WindowRecord, _ input: UInt32) -> Int {
        WindowShape(window, channels: Int(model.tensor(input).channels)).depth
      }
      var expected = model.tensor(0).byteCount
      for layer in (0..<Int(model.header.layerCount)).map(model.layer) {
        let (input, output) = (model.tensor(layer.input), model.tensor(layer.output))
        let codes = Int(output.height * output.width * output.channels)
        expected += 4096 + output.byteCount + output.remainderByteCount
        switch layer.kind {
        case LayerKind.convolution:
          expected += codes * depth(layer.window, layer.input)
          if layer.shortcutKind == ShortcutKind.projection {
            let bytes = model.tensor(layer.shortcut).hasRemainders ? 2 : 1
            expected += codes * depth(layer.projection, layer.shortcut) * bytes
          }
        case LayerKind.maxPool:
          expected += codes * 9 * (output.hasRemainders ? 2 : 1)
          if input.isStreamed {
            let row = input.rowStride * (input.hasRemainders ? 2 : 1)
            expected += Int(output.height) * (4096 + 3 * row)
          }
        default:
          let (bytes, planes): (UInt32, UInt32) = input.hasRemainders ? (2, 4) : (1, 3)
          expected += Int(
            input.height * input.width * input.channels * bytes + planes * model.header.classCount * input.channels)
        }
      }
      #expect(info([UInt8](bytes)).work == UInt64(expected))
    }
  }

  /// What the header claims is told as it is, and changes no work.
  @Test(arguments: [0, 1 << 40 | 7])
  func doesNotBelieveTheHeader(_ claim: UInt64) throws {
    var bytes = try quantized("basic")
    let work = info(bytes).work
    bytes.withUnsafeMutableBytes { bytes in
      var header = bytes.load(as: ModelHeader.self)
      header.multiplyAccumulates = claim
      bytes.storeBytes(of: header, as: ModelHeader.self)
      repairChecksum(of: bytes)
    }
    #expect(info(bytes).multiply_accumulates == claim)
    #expect(info(bytes).work == work)
  }
}
