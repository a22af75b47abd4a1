import ToolSupport

/// A bar a layer, as long as its fastest round; the dark part is what the layer would take at the limit. SVG, by hand: it
/// follows the reader's light or dark scheme.
func chart(_ report: Report) -> String {
  let kernels = report.kernels[0]
  let layers = kernels.layers
  let (barHeight, rowHeight, top, axis) = (13.0, 19.0, 64.0, 36.0)
  let left = 16 + 6.6 * Double(layers.map { $0.name.count + $0.operation.count + 2 }.max() ?? 0)
  let (plotWidth, right) = (560.0, 150.0)
  let bottom = top + rowHeight * Double(layers.count)
  let longest = layers.map(\.timing.minMilliseconds).max() ?? 1
  let tick = tickStep(longest)
  let end = (longest / tick).rounded(.up) * tick
  func x(_ milliseconds: Double) -> Double { left + plotWidth * milliseconds / end }

  var lines = [
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(px(left + plotWidth + right))" height="\(px(bottom + axis))" \
    viewBox="0 0 \(px(left + plotWidth + right)) \(px(bottom + axis))" font-family="system-ui, sans-serif" font-size="12">
    <style>
      .back { fill: #ffffff } text { fill: #24292f } .faint { fill: #57606a } .grid { stroke: #d0d7de }
      .time { fill: #9ecbff } .limit { fill: #0b5cad }
      @media (prefers-color-scheme: dark) {
        .back { fill: #0d1117 } text { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #30363d }
        .time { fill: #1f4a7a } .limit { fill: #79b8ff }
      }
    </style>
    <rect class="back" width="100%" height="100%"/>
    """,
    text(
      16, 22, "\(report.network), \(kernels.name): \(kernels.run.minMilliseconds.formatted(decimals: 2)) ms an image",
      attributes: "font-size=\"15\" font-weight=\"600\""),
    "<rect class=\"limit\" x=\"16\" y=\"34\" width=\"11\" height=\"11\"/>",
    text(
      32, 44,
      "at the limit of dot products alone" + (kernels.limit.map { " (\($0.best.formatted(decimals: 0)) GMAC/s)" } ?? "")
    ),
    "<rect class=\"time\" x=\"330\" y=\"34\" width=\"11\" height=\"11\"/>",
    text(346, 44, "beyond it"),
  ]
  for step in 0...Int((end / tick).rounded()) {
    let position = x(Double(step) * tick)
    lines.append(
      "<line class=\"grid\" x1=\"\(px(position))\" x2=\"\(px(position))\" y1=\"\(px(top - 6))\" y2=\"\(px(bottom))\"/>")
    lines.append(
      text(
        position, bottom + 15, (Double(step) * tick).formatted(decimals: decimals(tick)),
        attributes: "text-anchor=\"middle\""))
  }
  lines.append(
    text(
      left + plotWidth / 2, bottom + 31, "milliseconds, fastest of \(report.rounds)",
      attributes: "text-anchor=\"middle\""))
  for (index, layer) in layers.enumerated() {
    let y = top + rowHeight * Double(index)
    let (time, atLimit) = (layer.timing.minMilliseconds, layer.timing.millisecondsAtLimit)
    let share = layer.timing.shareOfLimit.map { ", \((100 * $0).formatted(decimals: 0)) %" } ?? ""
    lines += [
      text(16, y + 11, layer.name)
        + text(left - 10, y + 11, layer.operation, attributes: "class=\"faint\" text-anchor=\"end\""),
      bar("time", left, y, x(time) - left, barHeight) + bar("limit", left, y, x(min(atLimit, time)) - left, barHeight),
      text(x(time) + 5, y + 11, time.formatted(decimals: 3) + share, attributes: "class=\"faint\""),
    ]
  }
  return (lines + ["</svg>"]).map { $0 + "\n" }.joined()
}

/// 1, 2 or 5 times a power of ten: five to twelve steps up to `end`.
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

private func decimals(_ step: Double) -> Int {
  var (decimals, scaled) = (0, step)
  while scaled < 0.999 {
    scaled *= 10
    decimals += 1
  }
  return decimals
}

private func px(_ value: Double) -> String { value.formatted(decimals: 1) }

private func bar(_ style: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
  "<rect class=\"\(style)\" x=\"\(px(x))\" y=\"\(px(y))\" width=\"\(px(width))\" height=\"\(px(height))\"/>"
}

private func text(_ x: Double, _ y: Double, _ content: String, attributes: String = "") -> String {
  let escaped = content.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  return "<text x=\"\(px(x))\" y=\"\(px(y))\"\(attributes.isEmpty ? "" : " " + attributes)>\(escaped)</text>"
}
