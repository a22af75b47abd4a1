import ArgumentParser
import Checkpoints
import Graphs
import Platform
import Pretrained
import ToolSupport

/// The options for where a network is in its checkpoint, and for what names and shapes cannot tell about its architecture.
struct ArchitectureFlags: ParsableArguments {
  @Option(help: "The network's place in a checkpoint that has several: its keys and prefix, as in state_dict.teacher.")
  var key: String?

  @Option(
    name: .customLong("rename"),
    help: ArgumentHelp(
      "Replaces text in the names of all tensors, to bring them to names that are known; repeat for several.",
      valueName: "from=to"))
  var renames: [Renaming] = []

  @Option(parsing: .unconditional, help: ArgumentHelp("Stride of the first convolution.", valueName: "stride"))
  var stemStride: Int?

  @Flag(inversion: .prefixedNo, help: "Whether a 3x3 max pool with stride 2 follows the first convolution.")
  var maxPool: Bool?

  @Option(parsing: .unconditional, help: ArgumentHelp("What batch norms add to the variance.", valueName: "number"))
  var batchNormEpsilon: Double?

  @Option(help: "What follows each convolution: relu. No other activation can be run.")
  var activation: ArchitectureOptions.Activation?

  @Flag(
    name: .customLong("stride-in-1x1"), inversion: .prefixedNo,
    help: "Whether a bottleneck's stride is in its first 1x1 convolution (ResNet v1), not in the 3x3.")
  var strideIn1x1: Bool?

  @Option(help: "The pooling before the classifier: average or max.")
  var headPooling: ArchitectureOptions.HeadPooling?

  @Option(
    name: .customLong("dilate-stage"),
    help: ArgumentHelp(
      "A stage (2, 3 or 4) whose stride is replaced with dilation; repeat for several.", valueName: "stage"))
  var dilatedStages: [Int] = []

  @Flag(help: "A plain network: no shortcuts.")
  var plain = false

  @Flag(help: "The pooled features in place of the classifier's logits.")
  var features = false

  func validate() throws {
    if let stage = dilatedStages.first(where: { !(2...4 ~= $0) }) {
      throw ValidationError("--dilate-stage \(stage): the stages that can be dilated are 2, 3 and 4")
    }
    if let stemStride, !(1...4 ~= stemStride) { throw ValidationError("--stem-stride \(stemStride): give 1 to 4") }
    if let batchNormEpsilon, !(0...1 ~= batchNormEpsilon) {
      throw ValidationError("--batch-norm-epsilon \(batchNormEpsilon): give 0 to 1; PyTorch's default is 1e-5")
    }
  }

  private var options: ArchitectureOptions {
    ArchitectureOptions(
      stemStride: stemStride, maxPool: maxPool, activation: activation, batchNormEpsilon: batchNormEpsilon,
      strideIn1x1: strideIn1x1, headPooling: headPooling, dilatedStages: Set(dilatedStages),
      shortcuts: plain ? false : nil, features: features)
  }

  /// Reads the network of a checkpoint, or of a folder that has one with its configuration. Warns of what lies beside it.
  func network(of path: String) throws -> (graph: Graph, configuration: Configuration) {
    let (file, configuration) = try Self.file(path)
    let choice = try NetworkChoice(in: file, key: key, renaming: renames.map { ($0.from, $0.to) })
    if !choice.averaged.isEmpty {
      warn("\(path): averaged weights (EMA) lie beside those that are used: --key \(Self.list(choice.averaged))")
    }
    let graph = try Graph(recognizing: choice.checkpoint, options: options, configured: configuration.architecture)
    if let beside = graph.reading?.beside, !beside.isEmpty {
      warn("\(path): tensors beside the network, which are not used: \(Self.list(beside))")
    }
    return (graph, configuration)
  }

  private static func file(_ path: String) throws -> (CheckpointFile, Configuration) {
    if FileKind(of: path) == .folder {
      let folder = try PretrainedFolder(path: path)
      return (folder.weights, folder.configuration)
    }
    return (try CheckpointFile(at: path), Configuration())
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", ..." : "")
  }
}

/// The argument "backbone.=" removes "backbone." from all names, and "a=b" replaces a with b.
struct Renaming: ExpressibleByArgument {
  let from: String
  let to: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { return nil }
    (from, to) = (String(parts[0]), String(parts[1]))
  }
}

extension ArchitectureOptions.Activation: ExpressibleByArgument {}
extension ArchitectureOptions.HeadPooling: ExpressibleByArgument {}
