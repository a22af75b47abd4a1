import Evaluation
import Graphs

extension ModelWeights {
  /// Weights of which half of the layers differ from float's by more than a quarter of their energy are not roundings of them:
  /// 8 bits leave a thousandth.
  private static let largestDifference = 0.25

  /// Throws where the model's weights are not those of the float network.
  func requireLikeness(of graph: Graph, _ model: Int8Model) throws(EvaluationError) {
    var differences: [Double] = []
    for (index, layer) in graph.layers.enumerated() {
      guard case .convolution(let original, _, _) = layer.operation else { continue }
      let energies = Energies(convolutions[index]!.weights, beside: original.weights)
      if energies.signal > 0 { differences.append(energies.noise / energies.signal) }
    }
    guard !differences.isEmpty else { return }
    guard differences.sorted()[differences.count / 2] <= Self.largestDifference else {
      throw EvaluationError(
        "\(model.path): its weights are not those of this checkpoint, in the same network; give the checkpoint the model was made "
          + "from")
    }
  }
}
