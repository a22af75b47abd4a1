import Checkpoints
import FuzzDriver
import Graphs
import Platform

@main enum GraphFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Recognizes a network among tensors whose names and shapes the bytes choose. A graph that is accepted holds together,
/// and a refusal fits a screen.
@_cdecl("LLVMFuzzerTestOneInput")
public func recognizeGraph(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  var choices = Choices(UnsafeBufferPointer(start: bytes, count: size))
  let options = ArchitectureOptions(
    stemStride: 1 + size % 2, maxPool: size.isMultiple(of: 3), strideIn1x1: choices.isRare(),
    headPooling: size.isMultiple(of: 5) ? .max : nil,
    dilatedStages: choices.isRare() ? [2, choices.pick([1, 3, 4, 5])] : [], shortcuts: !choices.isRare(),
    features: size.isMultiple(of: 7))
  var state = FuzzedStateDict(choices)
  state.addNetwork()
  let tensors = state.tensors
  do {
    let graph = try Graph(recognizing: Checkpoint(path: "fuzzed", tensors: tensors), options: options)
    check(graph, weightCount: tensors.values.reduce(0) { $0 + $1.values.count })
    for (height, width) in [(1, 1), (32, 32), (33, 65), (224, 224), (65536, 65536), (65537, 1), (Int.max, Int.max)] {
      do { check(try graph.shapes(inputHeight: height, inputWidth: width), of: graph) } catch {
        checkMessage("\(error)")
      }
    }
  } catch {
    checkMessage(error.description)
  }
  return 0
}

private func check(_ graph: Graph, weightCount: Int) {
  var count = 0
  func check(_ convolution: Convolution) {
    count += convolution.weights.count
    precondition(convolution.weights.allSatisfy(\.isFinite) && convolution.bias.allSatisfy(\.isFinite))
    precondition(convolution.inputChannels.isMultiple(of: convolution.groups))
    precondition(convolution.outputChannels.isMultiple(of: convolution.groups))
  }
  for (index, layer) in graph.layers.enumerated() {
    precondition(layer.input <= index, "\(layer.name) reads what is not yet there")
    guard case .convolution(let convolution, let shortcut, _) = layer.operation else { continue }
    check(convolution)
    switch shortcut {
    case .identity(let tensor): precondition(tensor < index)
    case .projection(let tensor, let projection):
      precondition(tensor < index)
      check(projection)
    case nil: break
    }
  }
  precondition(count <= 2 * weightCount, "\(count) weights made from \(weightCount)")
  precondition(graph.halos.count == graph.layers.count + 1)
}

private func check(_ shapes: [TensorShape], of graph: Graph) {
  precondition(shapes.count == graph.layers.count + 1 && shapes[0].channels == graph.inputChannels)
  precondition(shapes.allSatisfy { $0.height > 0 && $0.width > 0 && $0.channels > 0 })
  for (layer, shape) in zip(graph.layers, shapes.dropFirst()) {
    guard case .convolution(let convolution, _, _) = layer.operation else { continue }
    precondition(shape.channels == convolution.outputChannels)
  }
}

private func checkMessage(_ message: String) {
  precondition(message.unicodeScalars.count <= 1000, "a message of \(message.unicodeScalars.count) characters")
  precondition(!message.unicodeScalars.contains { $0.properties.generalCategory == .control }, "a control character")
}
