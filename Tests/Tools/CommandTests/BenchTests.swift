import CDotProductLimit
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Tests `resnet-bench` on a narrow network. No test expects a particular time.
@Suite struct BenchTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.addModel()
  }

  private func bench(_ arguments: String...) throws -> Command.Outcome {
    try Command.run(arguments, of: "resnet-bench", in: folder)
  }

  private func output(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let outcome = try Command.run(arguments + ["--rounds", "3"], of: "resnet-bench", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.errors == "", "progress is for terminals", sourceLocation: sourceLocation)
    return outcome.output
  }

  @Test func tableOfLayers() throws {
    let lines = try output("model.rn8", "--kernels", "portable").split(separator: "\n")
    #expect(lines[0].hasPrefix("model.rn8: CIFAR ResNet-14 (option A), input 18x18x3, 10 outputs, "))
    #expect(lines[1].hasPrefix("layer ") && lines[1].hasSuffix("GMAC/s  limit %  lost ms"))
    #expect(lines[3].contains(#/^conv1 +3x3 +18x18x3 +18x18x16 +0\.1 +\d+\.\d{3} +\d+\.\d{3} +\d+\.\d/#))
    #expect(
      lines.contains {
        $0.contains(#/^layer1.0.conv2 +3x3 \+ shortcut +18x18x16 +18x18x16 +Winograd 0\.\d\d +0\.7 /#)
      })
    // Lines for the image and the 14 layers lie between the heading and the sums.
    #expect(lines[17].hasPrefix("sum of layers ") && lines[18].hasPrefix("one run "))
    #expect(lines[19].hasPrefix("arena: ") && lines[20].hasPrefix("portable: "))
  }

  /// More memory gives more layers another way, which the table and the JSON name.
  @Test func arenaSizes() throws {
    var kernels: [Report.Kernels] = []
    for size in ["smallest", "recommended", "fastest"] {
      let text = try output("model.rn8", "--kernels", "portable", "--arena", size, "--json", "-")
      kernels += try JSONDecoder().decode(Report.self, from: Data(text.utf8)).kernels
    }
    let algorithms = kernels.map { $0.layers.compactMap(\.algorithm) }
    #expect(algorithms.allSatisfy { $0.count == 10 })
    #expect(algorithms[0].allSatisfy { !$0.isWinograd && $0.predictedShareOfDirect > 0 })
    #expect(algorithms[1].contains { $0.isWinograd } && !algorithms[1].contains { $0.keepsWeights })
    #expect(algorithms[2].contains { $0.keepsWeights })
    #expect(kernels[0].arenaBytes < kernels[1].arenaBytes && kernels[1].arenaBytes < kernels[2].arenaBytes)
  }

  @Test func aLineForEachSetOfKernels() throws {
    let lines = try output("model.rn8", "--kernels", "all", "--workers", "3").split(separator: "\n")
    #expect(lines[1].hasPrefix("kernels "))
    let sets = lines.dropFirst(2).filter { !$0.hasPrefix("(MMAC: ") }
    #expect(sets.last?.hasPrefix("portable ") == true)
    for set in sets { #expect(set.contains(#/ ms, \d+\.\d\d x as fast$/#)) }
  }

  @Test func json() throws {
    for workers in [1, 2] {
      let text = try output("model.rn8", "--json", "-", "--workers", "\(workers)")
      #expect(try output("model.rn8", "--json", "bench.json", "--workers", "\(workers)").hasPrefix("model.rn8: "))
      for data in [Data(text.utf8), try folder.read("bench.json")] {
        let report = try JSONDecoder().decode(Report.self, from: data)
        #expect(report.rounds == 3 && report.model == "model.rn8" && report.kernels.count == 1)
        check(report.kernels[0], workers: workers, atLeast: report.multiplyAccumulates)
      }
    }
    let all = try JSONDecoder().decode(
      Report.self, from: Data(output("model.rn8", "--kernels", "all", "--json", "-").utf8))
    #expect(all.kernels.last?.name == "portable")
    #expect(Set(all.kernels.map(\.name)).count == all.kernels.count)
    #if arch(x86_64) || arch(arm64)
      for kernels in all.kernels { #expect(kernels.limit != nil, "no loop measures the limit of \(kernels.name)") }
    #endif
    #expect(try folder.contents.filter { $0.hasPrefix("bench.json") } == ["bench.json"])
  }

  private func check(_ kernels: Report.Kernels, workers: Int, atLeast multiplyAccumulates: Int) {
    #expect(kernels.layers.count == 14)
    let total = kernels.layers.reduce(0) { $0 + $1.timing.multiplyAccumulates }
    #expect(kernels.run.multiplyAccumulates == total && kernels.sumOfLayers.multiplyAccumulates == total)
    #expect(total >= multiplyAccumulates)
    let leastSum = kernels.layers.reduce(kernels.image.minMilliseconds) { $0 + $1.timing.minMilliseconds }
    #expect(leastSum <= kernels.sumOfLayers.minMilliseconds + 1e-9)
    let timings = kernels.layers.map(\.timing) + [kernels.tile, kernels.image, kernels.sumOfLayers, kernels.run]
    for timing in timings {
      #expect(0 < timing.minMilliseconds && timing.minMilliseconds <= timing.medianMilliseconds)
      let rate = Double(timing.multiplyAccumulates) / timing.minMilliseconds * 1e-6
      #expect(abs(timing.gmacPerSecond - rate) <= rate * 1e-9)
      if let share = timing.shareOfLimit, let limit = kernels.limit { #expect(abs(share - rate / limit.best) < 1e-9) }
    }
    #expect(kernels.shared?.workers == (workers == 1 ? nil : workers))
    if let shared = kernels.shared {
      #expect(abs(shared.speedUp - kernels.run.minMilliseconds / shared.timing.minMilliseconds) < 1e-9)
    }
  }

  /// A tile multiplies 480 rows of 576 bytes by the weights of 64 channels. Of several rounds, whose times are never all
  /// equal, the report has the fastest and the one in the middle.
  @Test func numbersAreThoseMeasured() throws {
    let report = try JSONDecoder().decode(
      Report.self, from: Data(output("model.rn8", "--json", "-", "--kernels", "portable").utf8))
    let kernels = report.kernels[0]
    #expect(kernels.tile.multiplyAccumulates == 480 * 576 * 64)
    #expect(kernels.layers[0].timing.multiplyAccumulates == 18 * 18 * 16 * 3 * 3 * 3)
    #expect(kernels.layers.contains { $0.timing.medianMilliseconds > $0.timing.minMilliseconds })
    guard let limit = kernels.limit else { return }
    #expect(limit.best > limit.median)
    // A tile cannot be faster than its dot products alone. Their fastest run here is measured many times, so that it is
    // hardly slower than the report's on a busy machine.
    #expect(kernels.tile.gmacPerSecond < limit.best * 1.2)
    let rates = (0..<400).map { _ in
      var count: Int64 = 0
      let time = ContinuousClock().measure { count = dot_product_limit("portable", 100_000) }
      return Double(count) / (time / .seconds(1)) * 1e-9
    }
    #expect(limit.best < 1.6 * rates.max()!)
    #expect(dot_product_limit("none", 3) == 0)
  }

  /// Each worker is a thread, which needs a stack of its own.
  @Test func workersAreThreads() throws {
    let arguments = ["model.rn8", "--rounds", "1", "--workers"]
    func run(_ workers: String) throws -> Command.Outcome {
      try Command.run(arguments + [workers], of: "resnet-bench", in: folder, after: "ulimit -v 1500000")
    }
    #expect(try run("4").output.contains("\n4 workers  "))
    let outcome = try run("1024")
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(
      outcome.errors.contains(
        /^Error: --workers 1024: no more than \d+ threads can be made; give a smaller number\n$/))
  }

  @Test func plotIsWellFormed() throws {
    _ = try output("model.rn8", "--plot", "layers.svg")
    let bars = Bars()
    let parser = XMLParser(data: try folder.read("layers.svg"))
    parser.delegate = bars
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(bars.times.count == 14)
    // The bar at the limit is a part of its layer's bar.
    #expect(bars.limits.count == bars.times.count && bars.limits.contains { $0 > 0 })
    for (time, limit) in zip(bars.times, bars.limits) { #expect(0 <= limit && limit <= time) }
    #expect(bars.labels.contains("layer1.0.conv1") && bars.labels.contains("milliseconds, fastest of 3"))
  }

  @Test func refusals() throws {
    try folder.write("no model", to: "text.rn8")
    func expectRefusal(
      _ arguments: [String], status: Int32 = 1, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      try folder.expectRefusal(
        of: "resnet-bench", arguments, status: status, [message], sourceLocation: sourceLocation)
    }
    try expectRefusal(["none.rn8"], "Error: none.rn8: cannot be read: No such file or directory; give a file")
    try expectRefusal(["text.rn8"], "Error: text.rn8: not an .rn8 model; give a file made by")
    try expectRefusal(["model.rn8", "--kernels", "sse"], "Error: kernels 'sse': no kernels of that name")
    try expectRefusal(["model.rn8", "--json", "model.rn8"], "model.rn8: would overwrite model.rn8, which is read")
    try expectRefusal(["model.rn8", "--plot", "none/a.svg"], "Error: none/a.svg: there is no folder none; make it")
    try expectRefusal(["model.rn8", "--json", "images"], "Error: images: a folder; give the name of a file in it")

    try expectRefusal([], status: 64, "Missing expected argument '<model>'")
    try expectRefusal(["model.rn8", "--rounds", "0"], status: 64, "--rounds 0: give a number above 0")
    try expectRefusal(["model.rn8", "--workers", "-1"], status: 64, "--workers -1: give 1 to 1024")
    try expectRefusal(["model.rn8", "--kernels", "all", "--plot", "a.svg"], status: 64, "--plot: draws one set")
    try expectRefusal(
      ["model.rn8", "--json", "a", "--plot", "./a"], "Error: ./a: would overwrite a, which is written too")
  }
}

/// The structure of the JSON that `resnet-bench` writes.
private struct Report: Decodable {
  struct Timing: Decodable {
    let multiplyAccumulates: Int
    let minMilliseconds, medianMilliseconds, gmacPerSecond: Double
    let shareOfLimit: Double?
  }
  struct Layer: Decodable {
    struct Algorithm: Decodable {
      let isWinograd, keepsWeights: Bool
      let predictedShareOfDirect: Double
    }

    let name, operation, input, output: String
    let algorithm: Algorithm?
    let timing: Timing
  }
  struct Limit: Decodable { let best, median: Double }
  struct Shared: Decodable {
    let workers: Int
    let timing: Timing
    let speedUp: Double
  }
  struct Kernels: Decodable {
    let name: String
    let arenaBytes: Int
    let limit: Limit?
    let tile, image, sumOfLayers, run: Timing
    let layers: [Layer]
    let shared: Shared?
  }

  let model, network: String
  let multiplyAccumulates, rounds: Int
  let kernels: [Kernels]
}

/// Reads the widths of the chart's bars, without the legend's, and its texts.
private final class Bars: NSObject, XMLParserDelegate {
  var times: [Double] = []
  var limits: [Double] = []
  var labels: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    if element == "text" { labels.append("") }
    guard element == "rect", attributes["height"] == "13.0", let width = attributes["width"].flatMap(Double.init)
    else { return }
    if attributes["class"] == "time" { times.append(width) }
    if attributes["class"] == "limit" { limits.append(width) }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if !labels.isEmpty { labels[labels.count - 1] += string.trimmingCharacters(in: .newlines) }
  }
}
