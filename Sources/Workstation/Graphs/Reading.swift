/// How a checkpoint was read, in one line for people: "resnet50 by torchvision's names; assumed: stem stride 2, ...".
public struct Reading: Sendable, CustomStringConvertible {
  public let description: String
  /// The names of tensors that lie beside the network and are not a part of it.
  public let beside: [String]
  /// Whether the stem is a single convolution of 3x3, as in networks for small images. It does not tell the input's size.
  public let hasSmallStem: Bool

  init(_ names: NetworkNames, _ properties: Properties, name: String, stemKernels: [Int], toldFeatures: Bool) {
    beside = names.beside
    hasSmallStem = stemKernels == [3]
    var known = "\(name) by \(names.naming.owner) names"
    if !names.prefix.isEmpty { known += " under \(names.prefix)" }
    if names.isFolded { known += ", batch norms folded" }
    if names.hasAveragePools { known += ", average pools in the shortcuts" }
    if names.head == nil { known += toldFeatures ? ", the pooled features" : ", no classifier: the pooled features" }
    if !properties.dilatedStages.isEmpty {
      known += ", dilated stages \(properties.dilatedStages.sorted().map(String.init).joined(separator: " and "))"
    }
    description = "\(known); \(properties.description)"
  }
}
