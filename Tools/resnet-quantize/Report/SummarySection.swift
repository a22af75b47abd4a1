import Analysis
import Evaluation
import ToolSupport

/// What the model is, how close it is to float, and which layers to look at.
struct SummarySection {
  let model: Int8Model
  let analysis: Analysis
  let sums: EvaluationSums
  /// The pictures' folder, and the checkpoint.
  let images: String
  let checkpoint: String

  var html: HTML {
    let tiles: [(String, String)] = [
      ("same class as float", percent(sums.agreement)), ("logit SQNR", decibels(sums.signalToNoise)),
      ("layers alone, summed", decibels(analysis.addedUpDecibels)), ("pictures", "\(sums.imageCount)"),
      ("model", Summary.size(model.byteCount)), ("arena", Summary.size(model.info.recommended_arena)),
    ]
    let cells = tiles.map { "<dl class=\"tile\"><dt>\($0.0)</dt><dd>\($0.1)</dd></dl>\n" as HTML }
    let skipped: HTML = sums.skippedCount > 0 ? " \(sums.skippedCount) pictures could not be read." : ""
    return """
      <header>
      <h1>\(model.name)</h1>
      <p class="muted">\(model.path), made of \(checkpoint), on pictures of \(images).\(skipped)</p>
      </header>
      <div class="tiles">\(cells)</div>
      <p>SQNR is the energy of float’s numbers over that of the difference: 6 dB more halve the difference. Alone means the float
      network with one layer in int8. Where the layers’ noise, summed, is that of the model, each layer’s share tells what it
      costs.</p>

      """ + .section("What costs most", id: "worst", reasons)
  }

  private var reasons: HTML {
    let layers = analysis.worst(AnalysisTable.explainedLayers).map { index in
      let layer = analysis.layers[index]
      return item(layer.name, analysis.share(of: layer), Explanation(of: layer, in: analysis))
    }
    let model = Explanation(of: analysis)
    return "<ul class=\"reasons\">\(layers)\(model.reasons.isEmpty ? .empty : item("All layers", nil, model))</ul>"
  }

  private func item(_ name: String, _ share: Double?, _ explanation: Explanation) -> HTML {
    let share: HTML = share.map { " <span class=\"share\">\(LayerCells.short($0)) of the noise</span>" } ?? ""
    let reasons = explanation.reasons.map { reason in
      let remedy: HTML = reason.remedy.map { "<p><strong>Remedy:</strong> \($0).</p>\n" } ?? ""
      return "<p>\(reason.cause.prefix(1).uppercased() + reason.cause.dropFirst()).</p>\n\(remedy)" as HTML
    }
    return "<li class=\"card\"><h3>\(name)\(share)</h3>\n\(reasons)</li>\n"
  }
}
