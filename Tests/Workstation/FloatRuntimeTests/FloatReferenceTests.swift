import FloatRuntime
import Foundation
import TestSupport
import Testing

/// Compares the float logits of the committed reference cases with PyTorch's.
@Suite struct FloatReferenceTests {
  @Test(arguments: try ReferenceCase.all())
  func goldenCase(_ reference: ReferenceCase) throws {
    let folder = ReferenceCase.folder
    let network = try FloatNetwork(
      reference.graph(in: folder), inputHeight: reference.height,
      inputWidth: reference.width, normalization: Normalization(mean: reference.mean, std: reference.std))
    let pixels = [UInt8](try Data(contentsOf: folder.appending(path: reference.image)))
    let expected = try floats(folder.appending(path: reference.logits))
    var actual: [Float] = []
    let byteCount = reference.height * reference.width * reference.channels
    for first in stride(from: 0, to: pixels.count, by: byteCount) {
      actual += network.run(Array(pixels[first..<first + byteCount]))
    }
    try #require(actual.count == expected.count)
    let largest = expected.map(abs).max()!
    let worst = zip(actual, expected).map { abs($0 - $1) }.max()!
    #expect(worst <= 1e-4 * largest, "off by \(worst) of \(largest)")
  }
}
