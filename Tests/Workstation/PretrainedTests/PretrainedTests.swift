import Checkpoints
import Foundation
import Graphs
import Preparation
import Pretrained
import TestSupport
import Testing

/// Tests what is read of the folders of transformers and timm, and what is refused.
@Suite struct PretrainedTests {
  private static let resnet = #"{"model_type": "resnet", "hidden_act": "relu", "id2label": {"1": "cat", "0": "dog"}}"#
  private static let processor = """
    {"feature_extractor_type": "ConvNextFeatureExtractor", "crop_pct": 0.875, "do_normalize": true, "do_resize": true,
     "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6], "resample": 3, "size": 224}
    """
  private static let timm = """
    {"architecture": "resnet50d", "num_classes": 2, "label_names": ["dog", "cat"], "pretrained_cfg": {
     "input_size": [3, 256, 256], "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center",
     "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}}
    """

  private func withFolder<T>(
    _ config: String, _ processor: String? = nil, weights: String? = "model.safetensors", _ body: (URL) throws -> T
  ) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pretrained-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(config.utf8).write(to: folder.appending(path: "config.json"))
    if let processor { try Data(processor.utf8).write(to: folder.appending(path: "preprocessor_config.json")) }
    if let weights {
      var synthetic = SyntheticCheckpoint()
      synthetic.add("a", [1])
      try synthetic.safetensors.write(to: folder.appending(path: weights))
    }
    return try body(folder)
  }

  private func configuration(_ config: String, _ processor: String? = nil) throws -> Configuration {
    try withFolder(config, processor) { try PretrainedFolder(path: $0.path).configuration }
  }

  private func refusal(
    _ config: String, _ processor: String? = nil, weights: String? = "model.safetensors"
  ) throws -> String {
    try withFolder(config, processor, weights: weights) { folder in
      let error = try #require(throws: ConfigurationError.self) { try PretrainedFolder(path: folder.path) }
      return error.description.replacing("\(folder.path)/", with: "").replacing(folder.path, with: "FOLDER")
    }
  }

  // MARK: transformers

  @Test func transformers() throws {
    let configuration = try configuration(Self.resnet, Self.processor)
    #expect(
      configuration.architecture
        == ArchitectureOptions(
          stemStride: 2, maxPool: true, firstStageStride: 1, activation: .relu, batchNormEpsilon: 1e-5,
          strideIn1x1: false, headPooling: .average))
    #expect(configuration.labels == ["dog", "cat"])
    #expect(configuration.mean == [0.1, 0.2, 0.3] && configuration.std == [0.4, 0.5, 0.6])
    #expect(
      configuration.preparation
        == Preparation(
          resize: .shorterSide(256), interpolation: .bicubic, cropRounding: .down, inputHeight: 224, inputWidth: 224))
  }

  @Test func strides() throws {
    let config = #"{"model_type": "resnet", "downsample_in_first_stage": true, "downsample_in_bottleneck": true"#
    let bottleneck = try configuration("\(config)}").architecture
    #expect(bottleneck.firstStageStride == 2 && bottleneck.strideIn1x1 == true)
    let basic = try configuration(#"\#(config), "layer_type": "basic"}"#).architecture
    #expect(basic.firstStageStride == 2 && basic.strideIn1x1 == nil)
  }

  @Test(arguments: [
    (
      #""image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 100}, "resample": 2"#,
      Preparation(resize: .shorterSide(114), cropRounding: .down, inputHeight: 100, inputWidth: 100)
    ),
    (
      #""image_processor_type": "ConvNextImageProcessorFast", "size": {"shortest_edge": 384}"#,
      Preparation(resize: .sides(height: 384, width: 384), cropRounding: .down, inputHeight: 384, inputWidth: 384)
    ),
    (
      #""image_processor_type": "ViTImageProcessor", "size": {"height": 90, "width": 80}"#,
      Preparation(resize: .sides(height: 90, width: 80), cropRounding: .down, inputHeight: 90, inputWidth: 80)
    ),
    (
      #""image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 90}, "crop_size": {"height": 80, "width": 70}"#,
      Preparation(
        resize: .shorterSide(90), interpolation: .bicubic, cropRounding: .down, inputHeight: 80, inputWidth: 70)
    ),
    (
      #""image_processor_type": "ViTImageProcessor", "do_resize": false, "size": 32"#,
      Preparation(resize: .unchanged, cropRounding: .down, inputHeight: 32, inputWidth: 32)
    ),
  ])
  func processors(_ settings: String, _ expected: Preparation) throws {
    #expect(try configuration(Self.resnet, "{\(settings)}").preparation == expected)
  }

  @Test func noNormalization() throws {
    let configuration = try configuration(
      Self.resnet, #"{"image_processor_type": "ConvNextImageProcessor", "do_normalize": false, "size": 32}"#)
    #expect(configuration.mean == [0, 0, 0] && configuration.std == [1, 1, 1])
  }

  @Test(arguments: [
    (#"{}"#, "config.json: model_type is missing, and so is timm's architecture; give the file of weights instead"),
    (#"[]"#, "config.json: it is an array, not an object"),
    (#"{"model_type": "vit"}"#, "config.json: model_type is 'vit', and only 'resnet' can be read"),
    (#"{"model_type": 3}"#, "config.json: model_type is 3, and a string is expected; copy or download the file again"),
    (
      #"{"model_type": "resnet", "hidden_act": "silu"}"#,
      "config.json: hidden_act is 'silu', and only 'relu' can be run"
    ),
    (
      #"{"model_type": "resnet", "downsample_in_first_stage": 1}"#,
      "config.json: downsample_in_first_stage is 1, and true or false is expected"
    ),
    (
      #"{"model_type": "resnet", "id2label": {"0": "a", "2": "b"}}"#,
      "config.json: id2label.1 is missing among its 2 classes"
    ),
    (#"{"model_type": "resnet", "id2label": {"0": 7}}"#, "config.json: id2label.0 is 7, and a string is expected"),
    (#"{"model_type": "resnet""#, "config.json: line 1, column 24: no '}'"),
  ])
  func transformersRefusals(_ config: String, _ message: String) throws {
    #expect(try refusal(config).hasPrefix(message))
  }

  @Test(arguments: [
    (#"{}"#, "image_processor_type is '', and ConvNext, ViT, Bit are known; take the file away, and give --input-size"),
    (#"{"image_processor_type": "CLIPImageProcessor"}"#, "image_processor_type is 'CLIPImageProcessor', and ConvNext"),
    (
      #"{"image_processor_type": "ViTImageProcessor", "resample": 1}"#,
      "resample is 1, and 2 (bilinear) and 3 (bicubic) can be run"
    ),
    (#"{"image_processor_type": "ViTImageProcessor", "rescale_factor": 1}"#, "rescale_factor is not 1/255; means"),
    (#"{"image_processor_type": "ViTImageProcessor", "size": {"height": 3}}"#, "size. has neither shortest_edge nor"),
    (
      #"{"image_processor_type": "ViTImageProcessor", "size": 0}"#, "size is 0, and an integer of 1...65536 is expected"
    ),
    (
      #"{"image_processor_type": "ConvNextImageProcessor", "crop_pct": 7}"#,
      "crop_pct is 7, and a number of 0.01...1.0 is expected"
    ),
    (
      #"{"image_processor_type": "ViTImageProcessor", "image_mean": ["a"]}"#,
      "image_mean is an array, and an array of numbers is expected"
    ),
  ])
  func processorRefusals(_ processor: String, _ message: String) throws {
    let refusal = try refusal(Self.resnet, processor)
    #expect(refusal.hasPrefix("preprocessor_config.json: \(message)"), "\(refusal)")
  }

  // MARK: timm

  @Test func timm() throws {
    let configuration = try configuration(Self.timm)
    #expect(
      configuration.architecture
        == ArchitectureOptions(
          stemStride: 2, maxPool: true, activation: .relu, batchNormEpsilon: 1e-5, strideIn1x1: false,
          headPooling: .average))
    #expect(configuration.labels == ["dog", "cat"])
    #expect(configuration.mean == [0.1, 0.2, 0.3] && configuration.std == [0.4, 0.5, 0.6])
    #expect(
      configuration.preparation
        == Preparation(resize: .shorterSide(269), interpolation: .bicubic, inputHeight: 256, inputWidth: 256))
    let squashed = try self.configuration(Self.timm.replacing("center", with: "squash")).preparation
    #expect(squashed?.resize == .sides(height: 269, width: 269))
  }

  @Test(arguments: [
    "resnet18", "resnet26t", "resnet101d", "resnext50_32x4d", "wide_resnet50_2", "tv_resnet50", "resnext50d_32x4d",
    "resnet50s",
  ])
  func timmArchitectures(_ name: String) throws {
    #expect(throws: Never.self) { try configuration(#"{"architecture": "\#(name)"}"#) }
  }

  @Test(arguments: [
    "resnetblur50", "seresnet50", "resnetaa50", "resnet50_gn", "ecaresnet50t", "resnetrs50", "resnet33ts",
    "resnetv2_50",
    "vit_base_patch16_224", "resnet51q", "",
  ])
  func timmArchitecturesThatCannotBeRun(_ name: String) throws {
    #expect(
      try refusal(#"{"architecture": "\#(name)"}"#).hasPrefix(
        "config.json: architecture is '\(name)', which cannot be run"))
  }

  @Test(arguments: [
    (
      #""interpolation": "bicubic""#, #""interpolation": "lanczos""#,
      "pretrained_cfg.interpolation is 'lanczos', and bilinear and bicubic can be run"
    ),
    (
      "[3, 256, 256]", "[3, 65000, 65000]",
      "pretrained_cfg.crop_pct is 0.95, too small for an input of 65000x65000"
    ),
    (#""center""#, #""border""#, "pretrained_cfg.crop_mode is 'border', and center and squash can be run"),
    ("[3, 256, 256]", "[3, 256, 255]", "pretrained_cfg.input_size is 256x255, and only a square can be cropped"),
    (
      "[3, 256, 256]", "[3, 0.5, 256]", "pretrained_cfg.input_size is [3.0, 0.5, 256.0], and channels, height and width"
    ),
    (
      #""num_classes""#, #""model_args": {"act_layer": "silu"}, "num_classes""#,
      "model_args.act_layer changes the network, and is not known"
    ),
    (
      #""num_classes""#, #""global_pool": "catavgmax", "num_classes""#,
      "global_pool is 'catavgmax', and avg and max can"
    ),
  ])
  func timmRefusals(_ text: String, _ other: String, _ message: String) throws {
    let refusal = try refusal(Self.timm.replacing(text, with: other))
    #expect(refusal.hasPrefix("config.json: \(message)"), "\(refusal)")
  }

  // MARK: Folders

  @Test func weights() throws {
    #expect(
      try refusal(Self.resnet, weights: nil)
        == "FOLDER: no model.safetensors or model.safetensors.index.json or pytorch_model.bin beside config.json; "
        + "download it too")
    #expect(
      try withFolder(Self.resnet, weights: "pytorch_model.bin") {
        try PretrainedFolder(path: $0.path).weights.dictionaries[0].tensors.map(\.name)
      } == ["a"])
    let error = try #require(throws: ConfigurationError.self) { try PretrainedFolder(path: "/nowhere") }
    #expect(error.description.hasPrefix("/nowhere: a folder without config.json; give a file"))
  }
}
