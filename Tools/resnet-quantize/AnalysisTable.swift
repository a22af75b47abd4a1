import Analysis
import Evaluation
import Platform
import ToolSupport

/// What `analyze` prints: the model as a whole, a line a layer, and why the worst layers cost what they do.
struct AnalysisTable {
  let analysis: Analysis
  /// The model as a whole beside the float network.
  let sums: EvaluationSums

  /// The layers that are explained.
  static let explainedLayers = 3

  var lines: [String] { summary + [""] + table + [""] + explanations }

  private var summary: [String] {
    [line("images", "\(sums.imageCount)")] + (sums.skippedCount > 0 ? [line("skipped", "\(sums.skippedCount)")] : [])
      + [
        line("same class", percent(sums.agreement)), line("logit SQNR", decibels(sums.signalToNoise)),
        line("alone, summed", decibels(analysis.addedUpDecibels)),
      ]
  }

  private var table: [String] {
    let width = max(14, (analysis.layers.map(\.name.printable.count).max() ?? 0) + 1)
    func row(_ cells: [String]) -> String { cells[0].padded(width) + cells.dropFirst().map { $0.aligned(12) }.joined() }
    return [row(LayerCells.titles)] + analysis.layers.map { row(LayerCells.of($0, in: analysis)) }
  }

  private var explanations: [String] {
    let model = Explanation(of: analysis)
    let layers = analysis.worst(Self.explainedLayers).flatMap { index in
      let layer = analysis.layers[index]
      let share = LayerCells.short(analysis.share(of: layer))
      return [line("worst", "\(layer.name.printable): \(share) of the noise of all layers")]
        + lines(Explanation(of: layer, in: analysis))
    }
    return layers + (model.reasons.isEmpty ? [] : [line("all layers", "together")] + lines(model))
  }

  private func lines(_ explanation: Explanation) -> [String] {
    explanation.reasons.flatMap { [line("  cause", $0.cause)] + ($0.remedy.map { [line("  remedy", $0)] } ?? []) }
  }

  private func line(_ title: String, _ value: String) -> String { title.padded(14) + value }
}

/// The cells of a layer's line, on the terminal and in the report.
enum LayerCells {
  static let titles = [
    "layer", "together", "alone", "share", "sensitivity", "weights", "rounding", "clipping",
  ]

  static func of(_ layer: LayerAnalysis, in analysis: Analysis) -> [String] {
    let shares = layer.shares
    return [
      layer.name.printable, cell(layer.togetherDecibels, decibels), cell(layer.aloneDecibels, decibels),
      cell(layer.aloneDecibels.map { _ in analysis.share(of: layer) }, short), cell(layer.sensitivity, decibels),
      cell(shares?.weights, short), cell(shares?.rounding, short), cell(shares?.clipping, short),
    ]
  }

  /// Returns a fraction as "26.5 %".
  static func short(_ fraction: Double) -> String { (100 * fraction).formatted(decimals: 1) + " %" }

  private static func cell(_ value: Double?, _ text: (Double) -> String) -> String { value.map(text) ?? "-" }
}
