import Analysis
import Platform
import ToolSupport

/// The values of each layer's output in float, and the range that the model codes.
struct HistogramSection {
  let analysis: Analysis

  private static let (width, height) = (280.0, 120.0)
  /// The columns of a histogram.
  private static let columnCount = 70

  var html: HTML {
    let gallery = Gallery(analysis) { layer in layer.values.map { figure(layer, $0) } }
    return .section(
      "Values and their range", id: "values",
      """
      <p>How often each value occurs in the float network, on a logarithmic scale. Between the dashed lines lies the range that
      the model codes; what is beyond is clipped.</p>
      \(SVG.legend([("one", "inside the range"), ("three", "clipped")]))\
      \(gallery.html)
      """)
  }

  private func figure(_ layer: LayerAnalysis, _ values: LayerAnalysis.Values) -> HTML {
    let range = values.codedRange
    let low = Double(min(values.histogram.minimum, range.low, 0))
    let high = max(Double(max(values.histogram.maximum, range.high)), low + 1e-30)
    func x(_ value: Double) -> Double { 4 + (Self.width - 8) * (value - low) / (high - low) }
    var counts = [Double](repeating: 0, count: Self.columnCount)
    for bin in values.histogram.bins {
      let column = Int(Double(Self.columnCount) * (bin.value - low) / (high - low))
      counts[max(0, min(Self.columnCount - 1, column))] += bin.count
    }
    let top = log10(counts.max()! + 1)
    let base = Self.height - 20
    let columnWidth = (Self.width - 8) / Double(Self.columnCount)
    func bars(_ style: HTML, _ isShown: (Double) -> Bool) -> HTML {
      let parts = counts.indices.filter { counts[$0] > 0 }.compactMap { column -> HTML? in
        let middle = low + (high - low) * (Double(column) + 0.5) / Double(Self.columnCount)
        guard isShown(middle) else { return nil }
        let barHeight = max(2, (base - 8) * log10(counts[column] + 1) / top)
        let left = 4 + columnWidth * Double(column)
        return "M\(left) \(base)v\(-barHeight)h\(columnWidth)v\(barHeight)z"
      }
      return "<path class=\"\(style)\" d=\"\(parts)\"/>\n"
    }
    func isInside(_ value: Double) -> Bool { Double(range.low)...Double(range.high) ~= value }
    let limits = [range.low, range.high].map {
      SVG.line(x1: x(Double($0)), y1: 2, x2: x(Double($0)), y2: base, "limit")
    }
    let labels =
      SVG.text(number(low), x: 4, y: Self.height - 6, style: "muted")
      + SVG.text(number(high), x: Self.width - 4, y: Self.height - 6, anchor: "end", style: "muted")
    let clipped =
      layer.aloneDecibels == nil ? "of the layer before" : "\(layer.clippedCount) of \(values.count) values clipped"
    let widest = layer.values?.channels.widest.map {
      ", channel \($0.index) is \($0.ratio.formatted(decimals: 1)) times as wide as the median"
    }
    return """
      <figure><h3>\(layer.name)</h3>
      \(SVG.chart(
        "Histogram of \(layer.name.printable), from \(number(low)) to \(number(high)); the model codes "
          + "\(number(Double(range.low))) to \(number(Double(range.high)))",
        width: Self.width, height: Self.height, isFluid: true,
        bars("one", isInside) + bars("three") { !isInside($0) } + "\(limits)\(labels)"))
      <figcaption>codes \(number(Double(range.low))) to \(number(Double(range.high))), \(clipped)\(widest ?? "")</figcaption></figure>

      """
  }

  private func number(_ value: Double) -> String { value.formatted(decimals: abs(value) < 10 ? 2 : 1) }
}
