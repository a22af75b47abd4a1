import ModelFormat
import ResNetInt8
import TestSupport
import Testing

/// Winograd's way computes 3x3 convolutions of stride 1, with one group and no dilation, on maps of at least 2x2.
@Suite struct WinogradLayerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let fits: Bool
    let change: @Sendable (inout WideModel) -> Void

    init(_ name: String, fits: Bool = false, _ change: @escaping @Sendable (inout WideModel) -> Void) {
      (self.name, self.fits, self.change) = (name, fits, change)
    }

    var testDescription: String { name }
  }

  private static let cases = [
    Case("3x3", fits: true) { _ in },
    Case("no padding", fits: true) { $0.window.padding = 0 },
    Case("a map of 2x2", fits: true) { ($0.height, $0.width) = (2, 2) },
    Case("a map of 1x7") { $0.height = 1 },
    Case("a map of 5x1") { $0.width = 1 },
    Case("stride 2") { $0.window.stride = 2 },
    Case("dilation 2") { ($0.window.dilation, $0.window.padding) = (2, 2) },
    Case("2 groups") { $0.window.groups = 2 },
    Case("3x1") { $0.window.kernelWidth = 1 },
    Case("1x3") { $0.window.kernelHeight = 1 },
  ]

  @Test(arguments: cases)
  func shapes(_ test: Case) throws {
    var wide = WideModel(
      channels: 32, blocks: 2, weights: [[Int8]](repeating: [Int8](repeating: 1, count: 9 * 32), count: 32),
      parameters: [WideModel.Parameters](repeating: (0, 8, 300), count: 32))
    test.change(&wide)
    let bytes = wide.bytes
    try bytes.withUnsafeBytes { bytes in
      let model = try Model(validating: bytes.baseAddress!, size: bytes.count)
      #expect((WinogradLayer(model, 1) != nil) == test.fits)
      // The other layers are a 1x1 convolution and the head.
      #expect(WinogradLayer(model, 0) == nil && WinogradLayer(model, 2) == nil)
    }
  }
}
