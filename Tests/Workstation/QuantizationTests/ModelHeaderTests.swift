import Evaluation
import FloatRuntime
import Graphs
import Preparation
import Quantization
import TestSupport
import Testing

/// Tests what a model says about itself, with values that were computed by hand.
@Suite struct ModelHeaderTests {
  private static let preparation = Preparation(
    resize: .sides(height: 40, width: 41), interpolation: .bicubic, cropRounding: .down, inputHeight: 33, inputWidth: 35
  )

  private func model(_ labels: [String] = []) throws -> Int8Model {
    var random = SeededGenerator(state: 3)
    let parameters = QuantizationParameters(scale: 0.02, zeroPoint: 0)
    let bytes = try Quantizer(
      graph: residualGraph(&random), preparation: Self.preparation,
      normalization: Normalization(mean: [0.25, 0.5, 0.75], std: [0.1, 0.2, 0.3]),
      quantizationParameters: Array(repeating: parameters, count: 8), labels: labels
    ).quantize()
    return try Int8Model(bytes, path: "model.rn8")
  }

  @Test func header() throws {
    let model = try model()
    let header = model.header
    #expect(header.version == 4)
    #expect(header.resizeKind == 2 && header.resizeHeight == 40 && header.resizeWidth == 41)
    #expect(header.interpolation == 1 && header.cropRounding == 1)
    #expect(header.mean == (0.25, 0.5, 0.75, 0) && header.std == (0.1, 0.2, 0.3, 0))
    #expect(header.inputChannels == 3 && header.classCount == 10)
    #expect(header.layerCount == 7 && header.tensorCount == 8)
    #expect(model.name == "residual" && model.layerNames == ["stem", "pool", "a.pool", "a1", "a2", "b", "average"])
    #expect(model.labels == [])
    // The stem makes 17x18 pixels, the pool 9x9, the blocks 5x5.
    let stem = 17 * 18 * 20 * 3 * 7 * 7
    let blocks = 5 * 5 * 36 * (20 * 3 * 3 + 36 * 3 * 3 + 20 + 36 * 3 * 3)
    #expect(Int(header.multiplyAccumulates) == stem + blocks + 36 * 10)
    #expect(Int(model.info.multiply_accumulates) == stem + blocks + 36 * 10)
    #expect(try model.preparation == Self.preparation)
    #expect(model.normalization == Normalization(mean: [0.25, 0.5, 0.75], std: [0.1, 0.2, 0.3]))
    #expect(try model.pictureChannels == 3)
  }

  @Test func labels() throws {
    let labels = ["j", "ä", "h", "same", "same", "e", "d", "c", "b", "a"]
    #expect(try model(labels).labels == labels)
  }
}
