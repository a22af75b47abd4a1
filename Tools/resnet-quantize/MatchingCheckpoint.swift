import Evaluation
import FloatRuntime
import Graphs
import ToolSupport

extension ArchitectureFlags {
  /// Returns the checkpoint's float network. Throws where it cannot be the one that the model was made from: its name,
  /// input channels and outputs must be the model's.
  func floatNetwork(of checkpoint: String, madeInto model: Int8Model) throws -> FloatNetwork {
    func requireEqual(_ found: String, _ expected: String) throws {
      guard found == expected else {
        throw Refusal(
          "\(checkpoint): \(found), but \(model.path): \(expected); give the checkpoint the model was made from")
      }
    }
    let info = model.info
    let graph = try network(of: checkpoint).graph
    try requireEqual(graph.name, model.name)
    try requireEqual("\(graph.inputChannels) input channels", "\(info.input_channels) input channels")
    let network: FloatNetwork
    do {
      let (height, width) = (Int(info.input_height), Int(info.input_width))
      network = try FloatNetwork(
        graph.fusingAveragePools(inputHeight: height, inputWidth: width), inputHeight: height, inputWidth: width,
        normalization: model.normalization)
    } catch {
      throw Refusal("\(model.path) asks for what \(checkpoint) cannot give: \(error)")
    }
    try requireEqual("\(network.shapes.last!.count) outputs", "\(info.class_count) outputs")
    return network
  }
}
