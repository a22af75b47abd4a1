import ToolSupport

/// Returns the report as text. A report on one kernel set has a line for each layer, any other a line for each set.
func table(_ report: Report) -> String {
  let lines = report.kernels.count == 1 ? layerLines(report.kernels[0]) : kernelLines(report.kernels)
  var footer: [String] = []
  let computed = report.kernels[0].run.multiplyAccumulates
  if computed != report.multiplyAccumulates {
    footer.append(
      "(MMAC: as computed; the network has \((Double(report.multiplyAccumulates) * 1e-6).formatted(decimals: 1)) of its own)"
    )
  }
  return (lines + footer).map { line in
    let end = line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex
    return line[..<end] + "\n"
  }.joined()
}

private func layerLines(_ kernels: KernelReport) -> [String] {
  let nameWidth = max(kernels.layers.map(\.name.count).max() ?? 0, "sum of layers".count)
  let operationWidth = kernels.layers.map(\.operation.count).max() ?? 0
  let shapeWidth = 12
  let algorithmWidth = kernels.layers.map { description($0.algorithm).count }.max() ?? 0
  func row(
    _ name: String, _ operation: String, _ input: String, _ output: String, _ timing: Timing,
    by algorithm: LayerReport.Algorithm? = nil
  ) -> String {
    let words = [
      name.padded(nameWidth), operation.padded(operationWidth), input.padded(shapeWidth), output.padded(shapeWidth),
      description(algorithm).padded(algorithmWidth),
    ]
    return (words + columns(timing)).joined(separator: "  ")
  }
  let heading =
    [
      "layer".padded(nameWidth), "operation".padded(operationWidth), "input".padded(shapeWidth),
      "output".padded(shapeWidth), "by".padded(algorithmWidth),
    ] + headings
  var lines = [heading.joined(separator: "  "), row("(image)", "copy", "", "", kernels.image)]
  lines += kernels.layers.map { row($0.name, $0.operation, $0.input, $0.output, $0.timing, by: $0.algorithm) }
  lines.append(row("sum of layers", "", "", "", kernels.sumOfLayers))
  lines.append(row("one run", "", "", "", kernels.run))
  if let shared = kernels.shared {
    lines.append(row("\(shared.workers) workers", speedUp(shared), "", "", shared.timing))
  }
  lines.append("")
  lines.append("arena: \(Summary.size(kernels.arenaBytes))")
  if let limit = kernels.limit {
    lines.append(
      "\(kernels.name): dot products alone \(limit.best.formatted(decimals: 1)) GMAC/s (the limit; median "
        + "\(limit.median.formatted(decimals: 1))), bare tile \(kernels.tile.gmacPerSecond.formatted(decimals: 1)), "
        + "\(percent(kernels.tile)) % of it")
  } else {
    lines.append(
      "\(kernels.name): bare tile \(kernels.tile.gmacPerSecond.formatted(decimals: 1)) GMAC/s; its limit is not known here"
    )
  }
  return lines
}

/// Returns how a layer is computed, and the time that Winograd's way is expected to take in units of the direct one's.
private func description(_ algorithm: LayerReport.Algorithm?) -> String {
  guard let algorithm else { return "" }
  let share = algorithm.predictedShareOfDirect.formatted(decimals: 2)
  guard algorithm.isWinograd else { return "direct (Winograd \(share))" }
  return "Winograd \(share)" + (algorithm.keepsWeights ? ", kept" : "")
}

private func kernelLines(_ kernels: [KernelReport]) -> [String] {
  let width = max(kernels.map(\.name.count).max()!, "kernels".count)
  let heading =
    ["kernels".padded(width)] + headings + ["limit GMAC/s", "bare tile %", "     arena"]
    + (kernels[0].shared.map { ["\($0.workers) workers"] } ?? [])
  return [heading.joined(separator: "  ")]
    + kernels.map { kernels in
      let numbers = [
        (kernels.limit?.best.formatted(decimals: 1) ?? "").aligned(12), percent(kernels.tile).aligned(11),
        Summary.size(kernels.arenaBytes).aligned(10),
        kernels.shared.map { "\($0.timing.minMilliseconds.formatted(decimals: 3)) ms, \(speedUp($0))" } ?? "",
      ]
      return ([kernels.name.padded(width)] + columns(kernels.run) + numbers).joined(separator: "  ")
    }
}

private let headings = [" MMAC", "  min ms", "  median", "GMAC/s", "limit %", "lost ms"]

private func columns(_ timing: Timing) -> [String] {
  let mmac = timing.multiplyAccumulates == 0 ? "" : (Double(timing.multiplyAccumulates) * 1e-6).formatted(decimals: 1)
  let rate = timing.multiplyAccumulates == 0 ? "" : timing.gmacPerSecond.formatted(decimals: 1)
  let isLossKnown = timing.shareOfLimit != nil || timing.multiplyAccumulates == 0
  let lost = isLossKnown ? (timing.minMilliseconds - timing.millisecondsAtLimit).formatted(decimals: 3) : ""
  return [
    mmac.aligned(6), timing.minMilliseconds.formatted(decimals: 3).aligned(8),
    timing.medianMilliseconds.formatted(decimals: 3).aligned(8), rate.aligned(6), percent(timing).aligned(7),
    lost.aligned(7),
  ]
}

private func percent(_ timing: Timing) -> String {
  timing.shareOfLimit.map { (100 * $0).formatted(decimals: 1) } ?? ""
}

private func speedUp(_ shared: KernelReport.Shared) -> String {
  "\(shared.speedUp.formatted(decimals: 2)) x as fast"
}
