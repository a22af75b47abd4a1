import ToolSupport

/// Draws a bar for each layer, as long as the layer's fastest round. The first part of a bar shows the time that the
/// layer would take at the limit. The SVG is written by hand and follows the reader's light or dark colour scheme.
/// Lengths are in pixels.
struct Chart {
  private let report: Report
  private let layers: [LayerReport]
  private let left: Double
  private let bottom: Double
  /// Milliseconds from one mark of the axis to the next.
  private let tick: Double
  /// Milliseconds at the end of the axis.
  private let end: Double

  private let top = 64.0
  private let barHeight = 13.0
  private let rowHeight = 19.0
  private let plotWidth = 560.0

  /// - Parameter report: a report on one kernel set.
  init(_ report: Report) {
    self.report = report
    layers = report.kernels[0].layers
    // A letter is about 6.6 pixels wide.
    left = 16 + 6.6 * Double(layers.map { $0.name.count + $0.operation.count + 2 }.max() ?? 0)
    bottom = top + rowHeight * Double(layers.count)
    let longest = layers.map(\.timing.minMilliseconds).max() ?? 1
    tick = tickStep(longest)
    end = (longest / tick).rounded(.up) * tick
  }

  var svg: String {
    let (width, height) = (px(left + plotWidth + 150), px(bottom + 36))
    let lines =
      [
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
        font-family="system-ui, sans-serif" font-size="12">
        <style>
          .back { fill: #ffffff } text { fill: #24292f } .faint { fill: #57606a } .grid { stroke: #d0d7de }
          .time { fill: #9ecbff } .limit { fill: #0b5cad }
          @media (prefers-color-scheme: dark) {
            .back { fill: #0d1117 } text { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #30363d }
            .time { fill: #1f4a7a } .limit { fill: #79b8ff }
          }
        </style>
        <rect class="back" width="100%" height="100%"/>
        """
      ] + legend + axis + layers.enumerated().flatMap(row) + ["</svg>"]
    return lines.map { $0 + "\n" }.joined()
  }

  private var legend: [String] {
    let kernels = report.kernels[0]
    let limit = kernels.limit.map { " (\($0.best.formatted(decimals: 0)) GMAC/s)" } ?? ""
    return [
      text(
        16, 22, "\(report.network), \(kernels.name): \(kernels.run.minMilliseconds.formatted(decimals: 2)) ms an image",
        #"font-size="15" font-weight="600""#),
      rectangle("limit", 16, 34, width: 11, height: 11),
      text(32, 44, "at the limit of dot products alone" + limit),
      rectangle("time", 330, 34, width: 11, height: 11),
      text(346, 44, "beyond it"),
    ]
  }

  private var axis: [String] {
    let marks = (0...Int((end / tick).rounded())).flatMap { step in
      let milliseconds = Double(step) * tick
      let x = px(x(milliseconds))
      return [
        #"<line class="grid" x1="\#(x)" x2="\#(x)" y1="\#(px(top - 6))" y2="\#(px(bottom))"/>"#,
        text(
          self.x(milliseconds), bottom + 15, milliseconds.formatted(decimals: decimals(tick)),
          #"text-anchor="middle""#),
      ]
    }
    let title = "milliseconds, fastest of \(report.rounds)"
    return marks + [text(left + plotWidth / 2, bottom + 31, title, #"text-anchor="middle""#)]
  }

  private func row(_ index: Int, _ layer: LayerReport) -> [String] {
    let y = top + rowHeight * Double(index)
    let time = layer.timing.minMilliseconds
    let share = layer.timing.shareOfLimit.map { ", \((100 * $0).formatted(decimals: 0)) %" } ?? ""
    func bar(_ style: String, _ milliseconds: Double) -> String {
      rectangle(style, left, y, width: x(min(milliseconds, time)) - left, height: barHeight)
    }
    return [
      text(16, y + 11, layer.name),
      text(left - 10, y + 11, layer.operation, #"class="faint" text-anchor="end""#),
      bar("time", time), bar("limit", layer.timing.millisecondsAtLimit),
      text(x(time) + 5, y + 11, time.formatted(decimals: 3) + share, #"class="faint""#),
    ]
  }

  private func x(_ milliseconds: Double) -> Double { left + plotWidth * milliseconds / end }
}

/// Returns a step that divides `end` into at most ten: 1, 2 or 5 times a power of ten.
private func tickStep(_ end: Double) -> Double {
  var step = 1e-6
  let factors = [2, 2.5, 2]
  var index = 0
  while end / step > 10 {
    step *= factors[index % 3]
    index += 1
  }
  return step
}

/// Returns the number of digits after the point that a multiple of `step` needs.
private func decimals(_ step: Double) -> Int {
  var (decimals, scaled) = (0, step)
  while scaled < 0.999 {
    scaled *= 10
    decimals += 1
  }
  return decimals
}

private func px(_ value: Double) -> String { value.formatted(decimals: 1) }

private func rectangle(_ style: String, _ x: Double, _ y: Double, width: Double, height: Double) -> String {
  #"<rect class="\#(style)" x="\#(px(x))" y="\#(px(y))" width="\#(px(width))" height="\#(px(height))"/>"#
}

private func text(_ x: Double, _ y: Double, _ content: String, _ attributes: String = "") -> String {
  let escaped = content.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  return #"<text x="\#(px(x))" y="\#(px(y))" \#(attributes)>\#(escaped)</text>"#
}
