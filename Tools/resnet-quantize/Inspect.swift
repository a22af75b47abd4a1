import ArgumentParser
import Evaluation
import Graphs
import ModelFormat
import Platform
import ToolSupport

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describes a model file, or the network recognized in a checkpoint.")

  @Argument(help: "A model file or checkpoint.")
  var file: String

  @OptionGroup var architecture: ArchitectureFlags

  func run() throws {
    // A file that cannot be read goes to the checkpoint's reader, which says why.
    if isModel {
      try describe(Int8Model(contentsOf: file))
    } else {
      describe(try architecture.network(of: file).graph)
    }
  }

  /// Whether the file can be read and begins as a model file does.
  private var isModel: Bool {
    guard let beginning = try? RegularFile(file).prefix(4) else { return false }
    return beginning == withUnsafeBytes(of: ModelHeader.magic.littleEndian) { Array($0) }
  }

  private func describe(_ model: Int8Model) throws {
    print("\(model.name.printable): \(Summary.of(model))")
    print("pictures \(try model.preparation.words)")
    if model.tensors.contains(where: \.hasRemainders) { print("residual stream in 16 bits") }
    for layer in model.layerSummaries { row(layer.name, layer.operation, layer.input, layer.output) }
  }

  private func describe(_ graph: Graph) {
    print("\(file): \(graph.reading!)".message)
    print("\(graph.name.printable): \(graph.inputChannels) input channels, \(graph.layers.count) layers")
    for layer in graph.layers {
      switch layer.operation {
      case .convolution(let convolution, let shortcut, let relu):
        let added =
          switch shortcut {
          case .identity: " + shortcut"
          case .projection: " + projection"
          case nil: ""
          }
        row(
          layer.name, kernel(convolution) + added + (relu ? ", ReLU" : ""),
          "\(convolution.inputChannels)", "\(convolution.outputChannels)")
      case .maxPool(let kernel, let stride, _): row(layer.name, "max pool \(kernel)x\(kernel) /\(stride)", "", "")
      case .averagePool(let size): row(layer.name, "average pool \(size)x\(size) /\(size)", "", "")
      case .globalMaxPool: row(layer.name, "max pool", "", "")
      case .globalAveragePool: row(layer.name, "average pool", "", "")
      case .fullyConnected(_, _, let inputs, let outputs): row(layer.name, "classifier", "\(inputs)", "\(outputs)")
      }
    }
  }

  private func kernel(_ convolution: Convolution) -> String {
    WindowRecord(
      kernelHeight: UInt32(convolution.kernelHeight), kernelWidth: UInt32(convolution.kernelWidth),
      stride: UInt32(convolution.stride), dilation: UInt32(convolution.dilation), groups: UInt32(convolution.groups)
    ).summary
  }

  private func row(_ name: String, _ operation: String, _ input: String, _ output: String) {
    let columns = [name.printable.padded(24), operation.padded(32), input.padded(14), output]
    print("  " + columns.joined(separator: " "))
  }
}
