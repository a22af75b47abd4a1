import Analysis
import ToolSupport

/// What each layer costs: two charts, and their numbers.
struct LayerSection {
  let analysis: Analysis

  var html: HTML {
    .section("Signal to noise, layer by layer", id: "layers", ratios)
      + .section("Who makes the noise", id: "shares", shares)
  }

  private var names: [String] { analysis.layers.map(\.name) }

  private var ratios: HTML {
    let values = analysis.layers.flatMap { [$0.togetherDecibels, $0.aloneDecibels].compactMap { $0 } }.filter(
      \.isFinite)
    let low = ((values.min() ?? 0) / 5).rounded(.down) * 5
    // A few layers that cost nothing alone must not squeeze the others.
    let high = max(low + 10, min(((values.max() ?? 0) / 5).rounded(.up) * 5, low + 60))
    let rows = LayerRows(names: names, low: low, high: high, unit: " dB")
    let marks = analysis.layers.enumerated().map { row, layer in
      let y = rows.y(row)
      let (together, alone) = (layer.togetherDecibels.map(rows.x), layer.aloneDecibels.map(rows.x))
      var marks: [HTML] = []
      if let together, let alone { marks.append(SVG.line(x1: together, y1: y, x2: alone, y2: y, "link")) }
      if let alone {
        let title = "\(layer.name.printable): alone \(decibels(layer.aloneDecibels!))"
        marks.append(
          "<path d=\"M\(alone) \(y - 6)l6 6l-6 6l-6 -6z\" class=\"two edge\"><title>\(title)</title></path>\n")
      }
      if let together {
        let title = "\(layer.name.printable): together \(decibels(layer.togetherDecibels!))"
        marks.append(
          "<circle cx=\"\(together)\" cy=\"\(y)\" r=\"5\" class=\"one edge\"><title>\(title)</title></circle>\n")
      }
      return "\(marks)" as HTML
    }
    return """
      <p>Circles: the layer’s output in the int8 model as it runs, beside float’s. Diamonds: the logits where this layer alone is
      int8; those further left cost more. Values beyond the scale stand at its end. A layer without a circle is streamed: its
      output is never whole in memory. One without a diamond rounds nothing.</p>
      \(SVG.legend([("one round", "together, at the layer’s output"), ("two diamond", "alone, at the logits")]))\
      \(rows.chart("SQNR of each layer, together and alone, in decibels", marks))\
      <details><summary>All numbers</summary>
      \(HTML.table("Layers, their SQNR, and what makes their noise", titles: titles, rows: cells))</details>
      """
  }

  private var titles: [String] { LayerCells.titles + ["cause"] }

  private var cells: [[String]] {
    analysis.layers.map { layer in
      let causes = analysis.causes(of: layer)
      let words = Explanation(of: layer, in: analysis).reasons.map(\.cause).joined(separator: "; ")
      return LayerCells.of(layer, in: analysis) + [causes.isEmpty ? "-" : words]
    }
  }

  private var shares: HTML {
    let largest = analysis.layers.map { analysis.share(of: $0) }.max() ?? 0
    let rows = LayerRows(names: names, low: 0, high: max(100 * largest, 1), unit: " %")
    let marks = analysis.layers.enumerated().map { row, layer -> HTML in
      guard let shares = layer.shares else { return .empty }
      let share = 100 * analysis.share(of: layer)
      let parts: [(HTML, String, Double)] = [
        ("one", "rounded weights", shares.weights), ("two", "rounded values", shares.rounding),
        ("three", "clipped values", shares.clipping),
      ]
      var start = 0.0
      let bars = parts.map { style, name, part in
        defer { start += share * part }
        let (from, to) = (rows.x(start), rows.x(start + share * part))
        return SVG.rectangle(
          x: from, y: rows.y(row) - 7, width: to - from, height: 14, style,
          title: "\(layer.name.printable), \(name): \((share * part).formatted(decimals: 1)) %")
      }
      let label = SVG.text(
        share.formatted(decimals: 1) + " %", x: rows.x(share) + 6, y: rows.y(row) + 4, style: "muted")
      return "\(bars)\(label)\n"
    }
    return """
      <p>Each layer’s share of the noise that all layers add at the logits, and what makes it: the rounding of the weights, the
      rounding of the output’s values, or the clipping of those beyond the model’s range.</p>
      \(SVG.legend([("one", "rounded weights"), ("two", "rounded values"), ("three", "clipped values")]))\
      \(rows.chart("Share of each layer in the noise, in percent", marks))
      """
  }
}
