import FloatRuntime
import Graphs
import TestSupport
import Testing

/// Tests runs that go on after a tensor has been replaced.
@Suite struct ReplacementTests {
  private let network: FloatNetwork
  private let pixels: [UInt8]

  init() throws {
    var random = SeededGenerator(state: 1)
    network = try FloatNetwork(residualGraph(&random), inputHeight: 33, inputWidth: 33)
    pixels = random.bytes(33 * 33 * 3)
  }

  private func run(in workspace: FloatNetwork.Workspace) -> [Float] {
    pixels.withUnsafeBufferPointer { network.run($0, workspace: workspace) }
  }

  @Test func finishingIsRunning() {
    let workspace = network.makeWorkspace()
    let logits = run(in: workspace)
    for tensor in 0...network.graph.layers.count {
      #expect(network.finish(after: tensor, in: workspace) == logits)
      network.replace(tensor: tensor, in: workspace, { _ in }, added: { _ in })
      #expect(network.finish(after: tensor, in: workspace) == logits)
    }
  }

  /// Tensor 5 is read by the convolution `b`, and added as its shortcut.
  @Test func convolutionsAndShortcutsReadTheirOwn() {
    let workspace = network.makeWorkspace()
    _ = run(in: workspace)
    let original = network.tensor(5, in: workspace).values
    func output(read: Float, added: Float?) -> [Float] {
      func fill(_ value: Float) -> (UnsafeMutableBufferPointer<Float>) -> Void { { $0.update(repeating: value) } }
      network.replace(tensor: 5, in: workspace, fill(read), added: added.map(fill))
      _ = network.finish(after: 5, in: workspace)
      return network.tensor(6, in: workspace).values
    }
    let zeros = output(read: 0, added: nil)
    let shifted = output(read: 0, added: 100)
    // With zeros a ReLU may have cut what is below 0, so that less than 100 is added.
    #expect(zip(shifted, zeros).allSatisfy { $0 > 90 && $0 - $1 <= 100.001 })
    let convolved = output(read: 1, added: 0)
    #expect(convolved != zeros)
    // Afterwards shortcuts read what convolutions read.
    #expect(output(read: 0, added: nil) == zeros)
    #expect(original.count == network.shapes[5].count)
  }

  /// The head pools what shortcuts read.
  @Test func theHeadReadsAsShortcutsDo() {
    let workspace = network.makeWorkspace()
    _ = run(in: workspace)
    network.replace(tensor: 6, in: workspace, { $0.update(repeating: 5) }, added: { $0.update(repeating: 2) })
    _ = network.finish(after: 6, in: workspace)
    #expect(network.tensor(7, in: workspace).values.allSatisfy { abs($0 - 2) < 1e-5 })
  }
}
