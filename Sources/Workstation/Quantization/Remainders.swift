import FloatRuntime
import Graphs
import ModelFormat

/// The bits in which the sums of residual blocks reach the next shortcut and the head.
public enum ResidualBits: Int, Sendable, CaseIterable {
  /// The codes alone.
  case eight = 8
  /// Codes and remainders.
  case sixteen = 16
}

/// Which tensors of a graph have remainders, and how long these are needed.
struct Remainders {
  /// For each tensor, the last layer that reads its remainders; nil where it has none.
  let lastReaders: [Int?]

  init(_ graph: Graph, shapes: [TensorShape], _ bits: ResidualBits) {
    var lastReaders = [Int?](repeating: nil, count: shapes.count)
    var areWanted = [Bool](repeating: false, count: shapes.count)
    var canBeRead = areWanted
    for (index, layer) in graph.layers.enumerated() {
      if case .convolution = layer.operation { canBeRead[index + 1] = bits == .sixteen }
    }
    for (index, layer) in graph.layers.enumerated() {
      switch layer.operation {
      case .convolution(_, .identity(let tensor)?, _):
        areWanted[tensor] = true
        lastReaders[tensor] = index
      case .convolution(_, .projection(let tensor, let projection)?, _):
        if projection.isSelection { areWanted[tensor] = true }
        // Remainders have no halo.
        if projection.padding > 0 { canBeRead[tensor] = false }
        lastReaders[tensor] = index
      case .globalAveragePool:
        let pooled = shapes[layer.input]
        areWanted[layer.input] = true
        if pooled.height * pooled.width > HeadBlock.pixelLimit(hasRemainders: true) { canBeRead[layer.input] = false }
        lastReaders[layer.input] = index
      default: break
      }
    }
    for tensor in shapes.indices where !(areWanted[tensor] && canBeRead[tensor]) { lastReaders[tensor] = nil }
    self.lastReaders = lastReaders
  }

  subscript(tensor: Int) -> Bool { lastReaders[tensor] != nil }
}

extension Convolution {
  /// Whether each output is an input, or 0: the shortcut of option A. All weights are 0 or 1.
  fileprivate var isSelection: Bool { weights.contains(1) && weights.allSatisfy { $0 == 0 || $0 == 1 } }
}
