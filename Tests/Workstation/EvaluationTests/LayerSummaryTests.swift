import Evaluation
import TestSupport
import Testing

@Suite struct LayerSummaryTests {
  /// The layers of a committed model, whose sums are easily made by hand: outputs times products of each.
  @Test func layersOfAModel() throws {
    let model = try Int8Model(contentsOf: fixtures.appending(path: "models/basic.rn8").path)
    let expected = [
      ("conv1", "7x7 /2", "32x32x3", "16x16x16", 16 * 16 * 16 * 7 * 7 * 3),
      ("maxpool", "max pool 3x3 /2", "16x16x16", "8x8x16", 0),
      ("layer1.0.conv1", "3x3", "8x8x16", "8x8x16", 8 * 8 * 16 * 9 * 16),
      ("layer1.0.conv2", "3x3 + shortcut", "8x8x16", "8x8x16", 8 * 8 * 16 * 9 * 16),
      ("layer1.1.conv1", "3x3", "8x8x16", "8x8x16", 8 * 8 * 16 * 9 * 16),
      ("layer1.1.conv2", "3x3 + shortcut", "8x8x16", "8x8x16", 8 * 8 * 16 * 9 * 16),
      ("layer2.0.conv1", "3x3 /2", "8x8x16", "4x4x16", 4 * 4 * 16 * 9 * 16),
      ("layer2.0.conv2", "3x3 + projection", "4x4x16", "4x4x16", 4 * 4 * 16 * (9 + 1) * 16),
      ("layer3.0.conv1", "3x3 /2", "4x4x16", "2x2x16", 2 * 2 * 16 * 9 * 16),
      ("layer3.0.conv2", "3x3 + projection", "2x2x16", "2x2x16", 2 * 2 * 16 * (9 + 1) * 16),
      ("layer4.0.conv1", "3x3 /2", "2x2x16", "1x1x16", 16 * 9 * 16),
      ("layer4.0.conv2", "3x3 + projection", "1x1x16", "1x1x16", 16 * (9 + 1) * 16),
      ("avgpool", "average pool, classifier", "1x1x16", "10", 16 * 10),
    ]
    let actual = model.layerSummaries.map { ($0.name, $0.operation, $0.input, $0.output, $0.multiplyAccumulates) }
    #expect(actual.map { "\($0)" } == expected.map { "\($0)" })
  }
}
