import Evaluation
import ModelFormat
import ResNetInt8
import ToolSupport

/// Where the tensors lie in the arena while the layers run.
struct MemorySection {
  let model: Int8Model

  /// What lies at some bytes during some layers.
  private struct Block {
    let name: String
    let style: HTML
    let layers: ClosedRange<Int>
    let offset: Int
    let byteCount: Int
  }

  private static let plotHeight = 320.0

  var html: HTML {
    .section(
      "Memory over time", id: "memory",
      """
      <p>The arena: layers from left to right, bytes from bottom to top. A rectangle is a tensor, from the layer that makes it to
      the last that reads it. A sum may take the place of its shortcut. The tensors take \
      \(Summary.size(Int(model.header.tensorBytes))).</p>
      \(SVG.legend(legend))\(chart)
      """)
  }

  private var legend: [(style: HTML, name: String)] {
    let styles: [(HTML, String)] = [("one", "codes"), ("two", "remainders"), ("three", "scratch of the workers")]
    return styles.filter { style in blocks.contains { $0.style.text == style.0.text } }
  }

  private var blocks: [Block] {
    let layers = model.layers
    var blocks: [Block] = []
    for (index, tensor) in model.tensors.enumerated() {
      let writer = max(0, index - 1)
      // A streamed tensor is read as it is written.
      let first = index > 0 && model.tensors[Int(layers[writer].input)].isStreamed ? writer - 1 : writer
      let readers = layers.indices.filter { Int(layers[$0].input) == index || shortcut(of: layers[$0]) == index }
      let last = max(first, readers.last ?? first)
      let name = index == 0 ? "image" : model.layerNames[index - 1]
      blocks.append(
        Block(
          name: name, style: "one", layers: first...last, offset: Int(tensor.offset), byteCount: tensor.byteCount))
      guard tensor.hasRemainders else { continue }
      let fineReaders = readers.filter {
        layers[$0].kind == LayerKind.head || layers[$0].kind == LayerKind.maxPool || shortcut(of: layers[$0]) == index
      }
      blocks.append(
        Block(
          name: "\(name), remainders", style: "two", layers: first...max(first, fineReaders.last ?? first),
          offset: Int(tensor.remainders), byteCount: tensor.remainderByteCount))
    }
    let kernels = KernelSet.fastest
    var planner = Planner(model.contents, kernels, capacity: .max)
    planner.placeScratch(
      candidate: { WinogradLayer(model.contents, $0) }, gains: kernels.gains,
      give: { layer, offset, byteCount in
        blocks.append(
          Block(
            name: "\(model.layerNames[layer]), scratch", style: "three", layers: layer...layer, offset: offset,
            byteCount: byteCount))
      })
    return blocks
  }

  private func shortcut(of layer: LayerRecord) -> Int? { layer.hasShortcut ? Int(layer.shortcut) : nil }

  private var chart: HTML {
    let count = model.layers.count
    let column = max(18.0, min(60, 980 / Double(count)))
    let (left, top, bottom) = (64.0, 10.0, 120.0)
    let width = left + column * Double(count) + 40
    let blocks = blocks
    let bytes = Double(blocks.map { $0.offset + $0.byteCount }.max() ?? 1)
    func y(_ offset: Double) -> Double { top + Self.plotHeight * (1 - offset / bytes) }
    let ticks = Ticks(from: 0, to: bytes / 1000, count: 5)
    let grid = ticks.values.map { tick in
      SVG.line(x1: left, y1: y(tick * 1000), x2: width - 40, y2: y(tick * 1000), "grid")
        + SVG.text(ticks.text(tick) + " kB", x: left - 6, y: y(tick * 1000) + 4, anchor: "end", style: "muted")
    }
    let rectangles = blocks.map { block in
      let span =
        "\(model.layerNames[block.layers.lowerBound].printable) to \(model.layerNames[block.layers.upperBound].printable)"
      let (x, y) = (left + column * Double(block.layers.lowerBound), y(Double(block.offset + block.byteCount)))
      let (width, height) = (column * Double(block.layers.count), Self.plotHeight * Double(block.byteCount) / bytes)
      let name = block.name.printable
      let fits = height > 14 && width > 6.2 * Double(name.count) + 8
      return SVG.rectangle(
        x: x, y: y, width: width, height: height, block.style + " edge",
        title: "\(name): \(Summary.size(block.byteCount)), \(span)")
        + (fits ? SVG.text(name, x: x + 4, y: y + height / 2 + 4, style: block.style + " inside") : .empty)
    }
    let base = top + Self.plotHeight + 14
    let names = model.layerNames.enumerated().map { index, name in
      let x = left + column * (Double(index) + 0.5)
      let shown = name.printable.count > 18 ? String(name.printable.prefix(17)) + "…" : name.printable
      return "<text x=\"\(x)\" y=\"\(base)\" transform=\"rotate(60 \(x) \(base))\" class=\"muted\">\(shown)</text>\n"
        as HTML
    }
    let title = "Memory plan: \(blocks.count) tensors in \(Summary.size(Int(bytes))), over \(count) layers"
    return .scrolling(
      title,
      SVG.chart(title, width: width, height: top + Self.plotHeight + bottom, "\(grid)\n\(rectangles)\(names)"))
  }
}
