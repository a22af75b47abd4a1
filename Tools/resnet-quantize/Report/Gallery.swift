import Analysis

/// A figure for each of many layers: of a deep network, those of the layers that cost most, and the others folded.
struct Gallery {
  private let shown: [HTML]
  private let folded: [HTML]

  /// The most layers whose figures are all shown, and how many are shown of more.
  private static let (all, most) = (24, 12)

  /// - Parameter figure: returns the figure of a layer; nil where it has none.
  init(_ analysis: Analysis, _ figure: (LayerAnalysis) -> HTML?) {
    let figures = analysis.layers.map(figure)
    let worst = figures.count <= Self.all ? Set(figures.indices) : Set(analysis.worst(Self.most))
    shown = figures.indices.filter(worst.contains).compactMap { figures[$0] }
    folded = figures.indices.filter { !worst.contains($0) }.compactMap { figures[$0] }
  }

  var html: HTML {
    let rest: HTML = """
      <details><summary>The \(folded.count) layers that cost less</summary>
      <div class="grid">\(folded)</div></details>
      """
    return "<div class=\"grid\">\(shown)</div>\(folded.isEmpty ? .empty : rest)"
  }
}
