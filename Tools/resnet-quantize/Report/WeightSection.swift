import Analysis
import ToolSupport

/// The weights of each layer's channels: the largest, and the root mean square.
struct WeightSection {
  let analysis: Analysis

  private static let (width, height) = (280.0, 110.0)
  /// Of more channels, neighbours share a column.
  private static let mostColumns = 256

  var html: HTML {
    let gallery = Gallery(analysis) { $0.weights.isEmpty ? nil : figure($0) }
    return .section(
      "Weight ranges of the channels", id: "weights",
      """
      <p>The largest weight of each output channel, with its batch norm folded in, and their root mean square. Each channel has a
      scale of its own, so only the distance of the two within a channel counts: where it is large, most weights get few
      codes.</p>
      \(SVG.legend([("one", "largest weight"), ("two", "root mean square")]))\
      \(gallery.html)
      """)
  }

  private func figure(_ layer: LayerAnalysis) -> HTML {
    let count = layer.weights.count
    let columns = min(count, Self.mostColumns)
    let groups = (0..<columns).map { layer.weights[$0 * count / columns..<($0 + 1) * count / columns] }
    let largest = groups.map { Double($0.map(\.largest).max()!) }
    let typical = groups.map { Double($0.map(\.rootMeanSquare).max()!) }
    let top = max(largest.max()!, 1e-30)
    let base = Self.height - 18
    func x(_ column: Int) -> Double { 4 + (Self.width - 8) * Double(column) / Double(columns) }
    func y(_ value: Double) -> Double { base - (base - 6) * value / top }
    let bars = largest.enumerated().map { "V\(y($1))H\(x($0 + 1))" as HTML }
    let trace = typical.enumerated().map { "\($0 == 0 ? "M" : "L")\((x($0) + x($0 + 1)) / 2) \(y($1))" as HTML }
    let caption =
      layer.largestWeight.map {
        "largest \(top.formatted(decimals: 3)); channel \($0.channel) has the longest tail: "
          + "\($0.ratio.formatted(decimals: 1)) times its root mean square"
      } ?? ""
    return """
      <figure><h3>\(layer.name)</h3>
      \(SVG.chart(
        "Weights of the \(count) channels of \(layer.name.printable): \(caption)", width: Self.width, height: Self.height,
        isFluid: true,
        """
        <path class="one" d="M4 \(base)\(bars)V\(base)z"/>
        <path class="trace" d="\(trace)"/>
        """ + SVG.text("0", x: 4, y: Self.height - 4, style: "muted")
          + SVG.text("channel \(count - 1)", x: Self.width - 4, y: Self.height - 4, anchor: "end", style: "muted")))
      <figcaption>\(caption)</figcaption></figure>

      """
  }
}
