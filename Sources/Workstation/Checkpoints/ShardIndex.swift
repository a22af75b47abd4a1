import JSON
import Platform

/// The index of a network whose tensors are divided among files, as Hugging Face writes `model.safetensors.index.json`:
///
/// ```json
/// {"metadata": {"total_size": 40}, "weight_map": {"fc.bias": "model-00001-of-00002.safetensors"}}
/// ```
package struct ShardIndex {
  package struct Shard {
    package let file: String
    /// The names of its tensors, in the index's order.
    package fileprivate(set) var tensors: [String]
  }

  /// The files, in the order in which the index names them first.
  package private(set) var shards: [Shard] = []

  /// - Parameter path: that of the index, for messages.
  package init(_ json: JSONValue, path: String) throws(CheckpointError) {
    guard case .object(let root) = json, case .object(let map)? = root["weight_map"] else {
      throw Self.refusal(path, "no object weight_map")
    }
    guard map.members.count <= Limit.tensors else { throw Self.refusal(path, "more than \(Limit.tensors) tensors") }
    var indices: [[UInt8]: Int] = [:]
    var names: Set<String> = []
    for member in map.members {
      guard case .string(let file) = member.value else {
        throw Self.refusal(path, "weight_map gives tensor \(member.name.printable) \(member.value.kind), not a file")
      }
      guard Self.isPlain(file) else {
        throw Self.refusal(
          path, "weight_map gives tensor \(member.name.printable) the file '\(file.printable)', not one of its folder")
      }
      let index = indices[Array(file.utf8), default: shards.count]
      if index == shards.count {
        guard index < Limit.shards else { throw Self.refusal(path, "more than \(Limit.shards) files") }
        indices[Array(file.utf8)] = index
        shards.append(Shard(file: file, tensors: []))
      }
      let name = member.name.escapedToASCII
      guard names.insert(name).inserted else { throw Self.refusal(path, "two tensors named \(name.printable)") }
      shards[index].tensors.append(name)
    }
    guard !shards.isEmpty else { throw Self.refusal(path, "no tensor in weight_map") }
  }

  /// Tells whether a name is that of a file in a folder, and leads nowhere else.
  private static func isPlain(_ name: String) -> Bool {
    1...255 ~= name.utf8.count && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 } && name != "."
      && name != ".."
  }

  private static func refusal(_ path: String, _ found: String) -> CheckpointError {
    CheckpointError(
      path: path, offset: nil, found: found,
      remedy: "give the index of a network in shards, as it was downloaded")
  }
}
