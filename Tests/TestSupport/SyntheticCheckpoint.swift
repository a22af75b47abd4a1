import Checkpoints
import Foundation

/// Makes checkpoints with a network's names and shapes. All values are 0, except those of batch norms, which are 1.
package struct SyntheticCheckpoint {
  package var tensors: [String: Tensor] = [:]

  package init() {}

  package var checkpoint: Checkpoint { Checkpoint(path: "synthetic.pth", tensors: tensors) }

  /// The tensors as the bytes of a `.safetensors` file.
  package var safetensors: Data {
    var (header, data) = ([String](), Data())
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let start = data.count
      for value in tensor.values { data += CheckpointBytes.littleEndian(value.bitPattern) }
      header.append(#""\#(name)":{"dtype":"F32","shape":\#(tensor.shape),"data_offsets":[\#(start),\#(data.count)]}"#)
    }
    return CheckpointBytes.safetensors("{\(header.joined(separator: ","))}", data)
  }

  package mutating func add(_ name: String, _ shape: [Int], _ value: Float = 0) {
    tensors[name] = Tensor(shape: shape, values: Array(repeating: value, count: shape.reduce(1, *)))
  }

  package mutating func unit(_ convolution: String, _ norm: String, _ shape: [Int], bias: Bool = false) {
    add("\(convolution).weight", shape)
    if bias { add("\(convolution).bias", [shape[0]]) }
    for name in ["weight", "bias", "running_mean", "running_var"] { add("\(norm).\(name)", [shape[0]], 1) }
  }

  /// Adds the convolutions of a block. Without `outputs` it is a basic block of `inner` channels, else a bottleneck.
  package mutating func block(
    _ prefix: String, _ inputs: Int, inner: Int, outputs: Int? = nil, groups: Int = 1, shortcut: String? = nil,
    bias: Bool = false
  ) {
    if let outputs {
      unit("\(prefix).conv1", "\(prefix).bn1", [inner, inputs, 1, 1], bias: bias)
      unit("\(prefix).conv2", "\(prefix).bn2", [inner, inner / groups, 3, 3], bias: bias)
      unit("\(prefix).conv3", "\(prefix).bn3", [outputs, inner, 1, 1], bias: bias)
    } else {
      unit("\(prefix).conv1", "\(prefix).bn1", [inner, inputs, 3, 3], bias: bias)
      unit("\(prefix).conv2", "\(prefix).bn2", [inner, inner, 3, 3], bias: bias)
    }
    guard let shortcut else { return }
    let (convolution, norm) = bias ? ("conv", "bn") : ("0", "1")
    unit(
      "\(prefix).\(shortcut).\(convolution)", "\(prefix).\(shortcut).\(norm)", [outputs ?? inner, inputs, 1, 1],
      bias: bias)
  }

  /// A narrow version of torchvision's bottleneck network. Its stem has 8 channels. The blocks of stage 0, 1, ... have
  /// 4 x 2^stage inner channels and 4 times as many outputs.
  package static func bottleneck(_ depths: [Int], groups: Int = 1) -> SyntheticCheckpoint {
    var result = SyntheticCheckpoint()
    result.unit("conv1", "bn1", [8, 3, 7, 7])
    var channels = 8
    for (stage, depth) in depths.enumerated() {
      let inner = 4 << stage
      for b in 0..<depth {
        result.block(
          "layer\(stage + 1).\(b)", channels, inner: inner, outputs: inner * 4, groups: groups,
          shortcut: b == 0 ? "downsample" : nil)
        channels = inner * 4
      }
    }
    result.add("fc.weight", [10, channels])
    result.add("fc.bias", [10])
    return result
  }

  /// A CIFAR ResNet of three stages with 4, 8 and 16 channels.
  package static func cifar(depth: Int, shortcut: String?, head: String = "linear") -> SyntheticCheckpoint {
    var result = SyntheticCheckpoint()
    result.unit("conv1", "bn1", [4, 3, 3, 3])
    var channels = 4
    for stage in 0..<3 {
      for b in 0..<depth {
        let inner = 4 << stage
        result.block(
          "layer\(stage + 1).\(b)", channels, inner: inner, shortcut: channels != inner ? shortcut : nil)
        channels = inner
      }
    }
    result.add("\(head).weight", [10, 16])
    result.add("\(head).bias", [10])
    return result
  }

  package static func labml(kernel: Int) -> SyntheticCheckpoint {
    var result = SyntheticCheckpoint()
    result.unit("conv", "bn", [4, 1, kernel, kernel], bias: true)
    result.block("blocks.0", 4, inner: 4, shortcut: "shortcut", bias: true)
    result.block("blocks.1", 4, inner: 4, bias: true)
    result.block("blocks.2", 4, inner: 8, shortcut: "shortcut", bias: true)
    return result
  }
}
