import ArgumentParser
import Foundation
import ModelFormat
import Quantization

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describes a model file, or the network recognized in a checkpoint.")

  @Argument(help: "A model file or checkpoint.")
  var file: String

  @OptionGroup var architecture: ArchitectureFlags

  func run() throws {
    // What cannot be read is left to the checkpoint's reader, which says why.
    let start = try? FileHandle(forReadingFrom: URL(fileURLWithPath: file)).read(upToCount: 4)
    if start == withUnsafeBytes(of: ModelHeader.magic.littleEndian, { Data($0) }) {
      describe(try Int8Model(contentsOf: file))
    } else {
      describe(try architecture.graph(of: file))
    }
  }

  private func describe(_ model: Int8Model) {
    print("\(model.name): \(Summary.of(model))")
    for (layer, name) in zip(model.layers, model.layerNames) {
      let (input, output) = (model.tensors[Int(layer.input)], model.tensors[Int(layer.output)])
      switch layer.kind {
      case LayerKind.convolution:
        let shortcut =
          switch layer.shortcutKind {
          case ShortcutKind.identity: " + shortcut"
          case ShortcutKind.projection: " + projection"
          default: ""
          }
        row(name, kernel(layer.window) + shortcut, shape(input), shape(output))
      case LayerKind.maxPool: row(name, "max pool " + kernel(layer.window), shape(input), shape(output))
      default: row(name, "average pool, classifier", shape(input), "\(model.info.class_count)")
      }
    }
  }

  private func describe(_ graph: Graph) {
    print("\(graph.name): \(graph.inputChannels) input channels, \(graph.layers.count) layers")
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
      case .globalAveragePool: row(layer.name, "average pool", "", "")
      case .fullyConnected(_, _, let inputs, let outputs): row(layer.name, "classifier", "\(inputs)", "\(outputs)")
      }
    }
  }

  private func kernel(_ window: WindowRecord) -> String {
    "\(window.kernelHeight)x\(window.kernelWidth)" + (window.stride > 1 ? " /\(window.stride)" : "")
      + (window.dilation > 1 ? " dilation \(window.dilation)" : "")
      + (window.groups > 1 ? " groups \(window.groups)" : "")
  }

  private func kernel(_ convolution: Convolution) -> String {
    kernel(
      WindowRecord(
        kernelHeight: UInt32(convolution.kernelHeight), kernelWidth: UInt32(convolution.kernelWidth),
        stride: UInt32(convolution.stride), dilation: UInt32(convolution.dilation), groups: UInt32(convolution.groups)))
  }

  private func shape(_ tensor: TensorRecord) -> String { "\(tensor.height)x\(tensor.width)x\(tensor.channels)" }

  private func row(_ name: String, _ operation: String, _ input: String, _ output: String) {
    let columns = [name.padded(24), operation.padded(32), input.padded(14), output]
    print("  " + columns.joined(separator: " "))
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String { padding(toLength: max(width, count), withPad: " ", startingAt: 0) }
}
