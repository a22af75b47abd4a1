import Checkpoints
import Foundation
import Graphs
import TestSupport
import Testing

/// Tests how a network is found in a file that holds several, and more than networks.
@Suite struct NetworkChoiceTests {
  private func choice(
    _ prefixes: [String], beside: [String] = [], key: String? = nil, renaming: [(from: String, to: String)] = []
  ) throws -> NetworkChoice {
    var synthetic = SyntheticCheckpoint()
    for (index, prefix) in prefixes.enumerated() {
      for (name, tensor) in SyntheticCheckpoint.bottleneck([1]).tensors { synthetic.tensors[prefix + name] = tensor }
      synthetic.add("\(prefix)fc.bias", [10], Float(index))
    }
    for name in beside { synthetic.add(name, [1]) }
    let file = try CheckpointFile(data: synthetic.safetensors, path: "several.safetensors")
    return try NetworkChoice(in: file, key: key, renaming: renaming)
  }

  private func refusal(_ prefixes: [String], beside: [String] = [], key: String? = nil) throws -> String {
    try #require(throws: ArchitectureError.self) { try choice(prefixes, beside: beside, key: key) }.description
  }

  /// The number of the network that was read.
  private func index(_ choice: NetworkChoice) throws -> Float? {
    choice.checkpoint.tensors.first { $0.key.hasSuffix("fc.bias") }?.value.values.first
  }

  @Test(arguments: ["", "module.", "state_dict.module.backbone."])
  func oneNetwork(_ prefix: String) throws {
    let choice = try choice([prefix], beside: ["criterion.weight", "optimizer.state.0.exp_avg"])
    #expect(try index(choice) == 0 && choice.averaged == [])
    #expect(choice.checkpoint.tensors["criterion.weight"] != nil)
    #expect(throws: Never.self) { try Graph(recognizing: choice.checkpoint) }
  }

  @Test func averagedCopies() throws {
    for (prefixes, averaged) in [(["model.", "model_ema."], ["model_ema"]), (["", "ema."], ["ema"])] {
      let choice = try choice(prefixes)
      #expect(try index(choice) == 0 && choice.averaged == averaged)
      #expect(!choice.checkpoint.tensors.keys.contains { $0.hasPrefix(prefixes[1]) })
      let other = try self.choice(prefixes, key: averaged[0])
      #expect(try index(other) == 1 && other.averaged == [])
      #expect(other.checkpoint.tensors.keys.allSatisfy { $0.hasPrefix(prefixes[1]) })
    }
    #expect(try index(choice(["model_ema."])) == 0)
  }

  @Test func severalNetworks() throws {
    let prefixes = ["student.", "teacher.", "teacher_ema."]
    #expect(
      try refusal(prefixes) == "several.safetensors: 2 networks; choose one with --key student, --key teacher")
    #expect(try index(choice(prefixes, key: "teacher")) == 1)
    #expect(
      try refusal(prefixes, key: "teach")
        == "several.safetensors: no network at 'teach'; choose one with --key student, --key teacher, --key teacher_ema"
    )
    #expect(
      try refusal(["a.b.", "a.c."], key: "a")
        == "several.safetensors: several networks at 'a'; choose one with --key a.b, --key a.c")
  }

  @Test func noNetwork() throws {
    let message = try refusal([], beside: ["a.weight", "b.weight"])
    #expect(message.hasPrefix("several.safetensors: unknown architecture: no layer1.0.conv1.weight, no resnet.encoder"))
    #expect(message.contains("among 2 tensors (a.weight [1], b.weight [1]); supported are"))
  }

  @Test func manyNetworks() throws {
    var synthetic = SyntheticCheckpoint()
    for i in 0...100 { synthetic.add("\(i).layer1.0.conv1.weight", [1]) }
    let file = try CheckpointFile(data: synthetic.safetensors, path: "many.safetensors")
    let error = try #require(throws: ArchitectureError.self) { try NetworkChoice(in: file, key: nil) }
    #expect(error.description == "many.safetensors: 101 networks; save the one with torch.save")
  }

  /// Observers have ranges that are not used, so that they are not passed over in silence.
  @Test(arguments: ["conv1.activation_post_process.scale", "layer1.0.conv1.weight_fake_quant.scale"])
  func quantizationAwareTraining(_ name: String) throws {
    #expect(
      try refusal(["net."], beside: ["net.\(name)"]).hasPrefix(
        "several.safetensors: 1 tensors of observers of quantization-aware training (net.\(name), ...), whose ranges"))
    #expect(try choice(["net."], beside: ["other.\(name)"]).checkpoint.tensors["other.\(name)"] != nil)
  }

  @Test func renaming() throws {
    let choice = try choice(["net.stage."], renaming: [("net.stage.", ""), ("fc.", "linear.")])
    #expect(choice.checkpoint.tensors["linear.weight"] != nil)
    #expect(try Graph(recognizing: choice.checkpoint).reading!.description.contains("by kuangliu's names; "))
  }
}
