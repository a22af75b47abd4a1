import ArgumentParser
import Evaluation
import Platform
import ToolSupport

@main
struct ResNetBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resnet-bench",
    abstract: "Times a model on this machine, layer by layer.",
    discussion: """
      resnet-bench resnet50.rn8 --workers 2 --plot layers.svg

      In each round it times, one after the other: dot products alone, in registers (the limit); the kernels' tile alone, \
      on data in the first cache; each layer; the whole image. Pixels are pseudo-random, the same on every run.

      by: how a 3x3 layer of stride 1 is computed, directly or by Winograd's way, and the time that the latter is expected to \
      take in units of the former's. kept: its transformed weights are in the arena. It makes fewer multiplications, so that \
      the direct way's limit is not its own: more than 100 % is possible.

      limit %: a layer's multiply-accumulates a second as a share of the limit, both of their fastest round. lost: \
      milliseconds that a layer's fastest round took beyond those at the limit.

      Exit status: 0 where all went well, 1 where an input was refused, 64 where the command line was.
      """,
    version: libraryVersion)

  @Argument(help: "A model file.")
  var model: String

  @Option(help: "Kernels to use in place of the fastest: a name, or all for a line each.")
  var kernels: String?

  @Option(help: "Memory for the network: smallest, recommended or fastest.")
  var arena: Int8Network.ArenaSize = .recommended

  @Option(parsing: .unconditional, help: ArgumentHelp("Rounds of measuring.", valueName: "count"))
  var rounds = 50

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Times an image shared by this many threads too.", valueName: "count"))
  var workers = 1

  @Option(help: ArgumentHelp("File for the measurements as JSON; - for standard output.", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("File for a bar chart of the layers.", valueName: "file.svg"))
  var plot: String?

  static func main() { runTool() }

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds \(rounds): give a number above 0") }
    guard 1...1024 ~= workers else { throw ValidationError("--workers \(workers): give 1 to 1024") }
    if plot != nil && kernels == "all" { throw ValidationError("--plot: draws one set of kernels, not all") }
  }

  func run() throws {
    let jsonFile = try json == "-" ? nil : json.map(AtomicFile.init)
    let plotFile = try plot.map(AtomicFile.init)
    for file in [jsonFile, plotFile] { try file?.requireApart(from: [model]) }
    if let jsonFile, let plotFile { try plotFile.requireApart(from: jsonFile) }
    let model = try Int8Model(contentsOf: model)
    let report = try measure(model)

    if let plotFile { try write(Chart(report).svg, to: plotFile) }
    if let jsonFile { try write(report.json(), to: jsonFile) }
    if json == "-" {
      print(report.json(), terminator: "")
    } else {
      print("\(self.model): \(model.name), \(Summary.of(model))".message)
      print(table(report), terminator: "")
    }
  }

  private func measure(_ model: Int8Model) throws -> Report {
    let names: [String?] = kernels == "all" ? Int8Network.kernelSets.filter(\.isSupported).map(\.name) : [kernels]
    let benchmarks = try names.map { try Benchmark(model, kernels: $0, arena: arena, workerCount: workers) }
    let progress = Progress("measuring", total: rounds, unit: "rounds")
    for benchmark in benchmarks { try benchmark.warmUp() }
    // Each round measures every kernel set once, so that drift in the machine's speed affects all sets alike.
    for _ in 0..<rounds {
      for benchmark in benchmarks { try benchmark.measure() }
      progress.advance()
    }
    return Report(
      model: self.model, network: model.name.printable, multiplyAccumulates: Int(model.info.multiply_accumulates),
      rounds: rounds, kernels: benchmarks.map(\.report))
  }

  private func write(_ text: String, to file: AtomicFile) throws { try Array(text.utf8).withUnsafeBytes(file.write) }
}

extension Int8Network.ArenaSize: ExpressibleByArgument {}
