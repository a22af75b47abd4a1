import Evaluation
import ModelFormat
import Quantization
import TestSupport
import Testing

/// Which tensors of a model have remainders, and what these are worth.
@Suite struct RemaindersTests {
  private static let names = ["basic", "bottleneck", "resnet-d-odd", "cifar-a", "cifar-b", "labml-residual-k3"]

  private func quantized(_ name: String, _ bits: ResidualBits) throws -> QuantizedNetwork {
    let reference = try #require(try ReferenceCase.all().first { $0.name == name })
    return try reference.quantized(in: ReferenceCase.folder, residualBits: bits)
  }

  @Test(arguments: names)
  func eightBitsHaveNone(_ name: String) throws {
    #expect(try quantized(name, .eight).model.tensors.allSatisfy { !$0.hasRemainders })
  }

  /// The number of projections that are so cheap that they read remainders, the first ones of the network. Those of "cifar-a"
  /// are option A, which does not.
  private static let cheapProjections = ["basic": 3, "cifar-b": 2, "labml-residual-k3": 1]

  /// What a convolution writes, and an identity shortcut, a cheap projection or the head reads, through a max pool too.
  @Test(arguments: names)
  func sixteenBits(_ name: String) throws {
    let model = try quantized(name, .sixteen).model
    let written = Set(model.layers.filter { $0.kind == LayerKind.convolution }.map(\.output))
    let shortcuts = model.layers.filter(\.hasShortcut)
    let identities = shortcuts.filter { $0.shortcutKind == ShortcutKind.identity }.map(\.shortcut)
    let projected = shortcuts.filter { $0.shortcutKind == ShortcutKind.projection }.map(\.shortcut)
    let read = Set(identities + projected.prefix(Self.cheapProjections[name] ?? 0) + [model.layers.last!.input])
    var expected = written.intersection(read)
    #expect(!expected.isEmpty)
    for layer in model.layers where layer.kind == LayerKind.maxPool && read.contains(layer.output) {
      expected.formUnion([layer.input, layer.output])
    }
    for (index, tensor) in model.tensors.enumerated() {
      #expect(tensor.hasRemainders == expected.contains(UInt32(index)), "tensor \(index)")
    }
  }

  /// The remainders of an identity shortcut that nothing reads later are overwritten by those of the output.
  @Test(arguments: ["cifar-a", "cifar-b"])
  func remaindersLieInPlace(_ name: String) throws {
    let model = try quantized(name, .sixteen).model
    let tensors = model.tensors
    var count = 0
    for layer in model.layers where layer.kind == LayerKind.convolution && layer.shortcutKind == ShortcutKind.identity {
      let (output, shortcut) = (tensors[Int(layer.output)], tensors[Int(layer.shortcut)])
      guard output.hasRemainders, shortcut.hasRemainders, output.offset == shortcut.offset else { continue }
      #expect(output.remainders == shortcut.remainders)
      count += 1
    }
    #expect(count > 0)
  }
}
