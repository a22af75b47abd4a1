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
  /// For each tensor, the number of layers that read its codes alone.
  private let codeReaders: [Int]
  /// For each tensor, the number of layers that read its remainders, if it has any.
  private let remainderReaders: [Int]

  /// The share of a network's multiply-accumulates up to which projections read remainders, the first ones first; that doubles
  /// their own. On ResNet-18, where all are 1 %, it is worth 0.8 dB. The first of ResNet-50 alone is 1.25 %, and would take 4 % of
  /// the time for 0.5 dB (docs/fidelity.md).
  private static let projectionShare = 0.012

  init(_ graph: Graph, shapes: [TensorShape], _ bits: ResidualBits) {
    var lastReaders = [Int?](repeating: nil, count: shapes.count)
    var areWanted = [Bool](repeating: false, count: shapes.count)
    var canBeRead = areWanted
    var codeReaders = [Int](repeating: 0, count: shapes.count)
    var remainderReaders = codeReaders
    var budget = Int(Self.projectionShare * Double(graph.multiplyAccumulates(shapes)))
    for (index, layer) in graph.layers.enumerated() {
      switch layer.operation {
      case .convolution: canBeRead[index + 1] = bits == .sixteen
      case .maxPool: canBeRead[index + 1] = canBeRead[layer.input]
      default: break
      }
    }
    for (index, layer) in graph.layers.enumerated() {
      if case .globalAveragePool = layer.operation {} else { codeReaders[layer.input] += 1 }
      switch layer.operation {
      case .convolution(_, .identity(let tensor)?, _):
        remainderReaders[tensor] += 1
        areWanted[tensor] = true
        lastReaders[tensor] = index
      case .convolution(_, .projection(let tensor, let projection)?, _):
        remainderReaders[tensor] += 1
        if !projection.isSelection {
          budget -= projection.multiplyAccumulatesPerPixel * shapes[index + 1].height * shapes[index + 1].width
          if budget >= 0 { areWanted[tensor] = true }
        }
        // Remainders have no halo.
        if projection.padding > 0 { canBeRead[tensor] = false }
        lastReaders[tensor] = index
      case .globalAveragePool:
        let pooled = shapes[layer.input]
        remainderReaders[layer.input] += 1
        areWanted[layer.input] = true
        if pooled.height * pooled.width > HeadBlock.pixelLimit(hasRemainders: true) { canBeRead[layer.input] = false }
        lastReaders[layer.input] = index
      default: break
      }
    }
    for (index, layer) in graph.layers.enumerated().reversed() {
      guard case .maxPool = layer.operation, areWanted[index + 1], canBeRead[index + 1] else { continue }
      areWanted[layer.input] = true
      lastReaders[layer.input] = index
    }
    for tensor in shapes.indices where !(areWanted[tensor] && canBeRead[tensor]) { lastReaders[tensor] = nil }
    self.lastReaders = lastReaders
    (self.codeReaders, self.remainderReaders) = (codeReaders, remainderReaders)
  }

  subscript(tensor: Int) -> Bool { lastReaders[tensor] != nil }

  /// Returns how many times as much the clipping of a tensor's values costs as their rounding. All readers see values clipped,
  /// and only those that read codes alone see them rounded.
  func clippingWeight(_ tensor: Int) -> Double {
    self[tensor] ? Double(codeReaders[tensor] + remainderReaders[tensor]) / Double(codeReaders[tensor]) : 1
  }
}

extension Convolution {
  /// Whether each output is an input, or 0: the shortcut of option A. All weights are 0 or 1. Its remainders would be worth 0.1 dB
  /// on ResNet-20, and take a fifth more memory.
  fileprivate var isSelection: Bool { weights.contains(1) && weights.allSatisfy { $0 == 0 || $0 == 1 } }
}
