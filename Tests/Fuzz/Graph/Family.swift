/// The names that other programs give the tensors of torchvision's networks.
enum Family {
  /// What brings torchvision's names to those of other families, one after the other. A name that begins with the first
  /// text begins with the second then; one that has it after a point has the second there.
  static let all: [[(from: String, to: String)]] = [
    [],
    huggingFace(""),
    huggingFace("resnet."),
    [
      ("conv1.", "conv1.0."), ("bn1.", "conv1.1."), (".conv1.", ".residual_function.0."),
      (".bn1.", ".residual_function.1."), (".conv2.", ".residual_function.3."), (".bn2.", ".residual_function.4."),
      (".conv3.", ".residual_function.6."), (".bn3.", ".residual_function.7."), (".downsample.", ".shortcut."),
    ] + (1...5).map { ("layer\($0).", "conv\($0 + 1)_x.") },
    [(".downsample.1.", ".downsample.2."), (".downsample.0.", ".downsample.1.")],
    [("", "module.")],
    [("", "backbone."), ("backbone.fc.", "fc.")],
    [("fc.", "fc.1.")],
  ]

  private static func huggingFace(_ prefix: String) -> [(String, String)] {
    [
      ("conv1.", "\(prefix)embedder.embedder.convolution."), ("bn1.", "\(prefix)embedder.embedder.normalization."),
      (".conv1.", ".layer.0.convolution."), (".bn1.", ".layer.0.normalization."),
      (".conv2.", ".layer.1.convolution."), (".bn2.", ".layer.1.normalization."),
      (".conv3.", ".layer.2.convolution."), (".bn3.", ".layer.2.normalization."),
      (".downsample.0.", ".shortcut.convolution."), (".downsample.1.", ".shortcut.normalization."),
      ("fc.", "classifier.1."),
    ]
      + (1...5).flatMap { stage in
        (0...2).map { block in
          ("layer\(stage).\(block).", "\(prefix)encoder.stages.\(stage - 1).layers.\(block).")
        }
      }
  }
}
