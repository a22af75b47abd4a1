import Platform
import ToolSupport

/// The pieces that the report's charts share. Colours are classes, so that light and dark differ in the page's style alone.
enum SVG {
  /// A chart with its description for those who do not see it.
  ///
  /// - Parameter isFluid: whether it shrinks and grows with the page.
  static func chart(_ title: String, width: Double, height: Double, isFluid: Bool = false, _ content: HTML) -> HTML {
    let size: HTML = isFluid ? "" : " width=\"\(width)\" height=\"\(height)\""
    return """
      <svg viewBox="0 0 \(width) \(height)"\(size) role="img" aria-label="\(title)"><title>\(title)</title>
      \(content)</svg>
      """
  }

  static func text(_ text: String, x: Double, y: Double, anchor: HTML = "start", style: HTML = "") -> HTML {
    "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" class=\"\(style)\">\(text)</text>"
  }

  static func line(x1: Double, y1: Double, x2: Double, y2: Double, _ style: HTML) -> HTML {
    "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" class=\"\(style)\"/>"
  }

  /// - Parameter title: shown where the pointer rests.
  static func rectangle(x: Double, y: Double, width: Double, height: Double, _ style: HTML, title: String = "") -> HTML
  {
    let content: HTML = title.isEmpty ? "" : "<title>\(title)</title>"
    return "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" class=\"\(style)\">\(content)</rect>\n"
  }

  /// The names of colours, in a row above a chart.
  static func legend(_ entries: [(style: HTML, name: String)]) -> HTML {
    "<p class=\"legend\">\(entries.map { "<span><i class=\"\($0.style)\"></i>\($0.name)</span> " as HTML })</p>\n"
  }
}

/// The round numbers of a scale.
struct Ticks {
  let values: [Double]
  /// The digits behind the point that tell neighbours apart.
  private let decimals: Int

  /// - Parameter count: about how many there are.
  init(from low: Double, to high: Double, count: Int) {
    let rough = max(high - low, 1e-12) / Double(count)
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 }!
    decimals = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    let (first, last) = ((low / step - 1e-9).rounded(.up), (high / step + 1e-9).rounded(.down))
    // The sum makes -0 a 0.
    values = stride(from: first, through: last, by: 1).map { $0 * step + 0 }
  }

  func text(_ value: Double) -> String { value.formatted(decimals: decimals) }
}

/// A chart with a row for each layer: names on the left, a scale from left to right.
struct LayerRows {
  let names: [String]
  let low: Double
  let high: Double
  /// The unit, written behind the scale's numbers.
  let unit: String

  static let rowHeight = 20.0
  private static let top = 26.0
  private static let plotWidth = 800.0

  private var nameWidth: Double { 7.4 * Double(min(names.map(\.printable.count).max() ?? 0, 28)) + 12 }
  private var width: Double { nameWidth + Self.plotWidth + 70 }
  private var height: Double { Self.top + Self.rowHeight * Double(names.count) + 8 }

  func x(_ value: Double) -> Double {
    nameWidth + Self.plotWidth * max(0, min(1, (value - low) / (high - low)))
  }

  /// The middle of a row.
  func y(_ row: Int) -> Double { Self.top + Self.rowHeight * (Double(row) + 0.5) }

  /// - Parameter marks: what stands in the rows.
  func chart(_ title: String, _ marks: [HTML]) -> HTML {
    let ticks = Ticks(from: low, to: high, count: 6)
    let grid = ticks.values.map { tick in
      SVG.line(x1: x(tick), y1: Self.top, x2: x(tick), y2: height - 8, "grid")
        + SVG.text(ticks.text(tick) + unit, x: x(tick), y: Self.top - 8, anchor: "middle", style: "muted") + "\n"
    }
    let labels = names.indices.map { row in
      let name = names[row].printable
      let shown = name.count > 28 ? String(name.prefix(27)) + "…" : name
      return SVG.text(shown, x: nameWidth - 8, y: y(row) + 4, anchor: "end") + "\n"
    }
    return .scrolling(title, SVG.chart(title, width: width, height: height, "\(grid)\(labels)\(marks)"))
  }
}
