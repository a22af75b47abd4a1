import JSON
import Platform

extension CheckpointFile {
  /// Finds the tensors of a file, or of a network in shards where the path ends as that of their index does.
  ///
  /// - Throws: `CheckpointError`, as `init(contentsOf:)` or `init(shardsOf:)`.
  public init(at path: String) throws(CheckpointError) {
    let isIndex = path.hasSuffix(".safetensors.index.json")
    self = try isIndex ? CheckpointFile(shardsOf: path) : CheckpointFile(contentsOf: path)
  }

  /// Finds the tensors of a network that is divided among files: those that its index, `model.safetensors.index.json`, names.
  /// The files lie in the index's folder. Their tensors become one dictionary, whose path is empty.
  ///
  /// - Throws: `CheckpointError` where the index or a file of it is missing or damaged, where a file lies elsewhere, and where
  ///   the index and a file do not agree about their tensors.
  public init(shardsOf path: String) throws(CheckpointError) {
    let json: JSONValue
    do {
      json = try JSONValue(contentsOf: path)
    } catch {
      throw CheckpointError(path: path, offset: nil, found: error.finding, remedy: error.remedy)
    }
    var dictionary = TensorDictionary(path: "")
    var byteCount = 0
    for shard in try ShardIndex(json, path: path).shards {
      let file = try CheckpointFile(contentsOf: try Self.path(of: shard.file, beside: path))
      byteCount += file.byteCount
      try dictionary.add(shard, from: file)
    }
    self.init(path: path, dictionaries: [dictionary], modules: [:], byteCount: byteCount)
  }

  /// Returns the path of a shard. A link there must not lead out of the folder. Where the index itself is a link, to where
  /// Hugging Face keeps what it has downloaded, its shards may lead there too.
  private static func path(of shard: String, beside index: String) throws(CheckpointError) -> String {
    let folder = folder(of: index)
    let path = folder + shard
    guard FileKind(of: path) != nil else {
      throw CheckpointError(
        path: index, offset: nil, found: "it names \(shard.printable), which is not beside it",
        remedy: "copy or download all its files")
    }
    let target = resolved(path).map(self.folder)
    guard
      target == resolved(folder.isEmpty ? "." : folder).map({ $0 + "/" }) || target == resolved(index).map(self.folder)
    else {
      throw CheckpointError(
        path: index, offset: nil, found: "it names \(shard.printable), a link that leads out of the folder",
        remedy: "put the file itself there")
    }
    return path
  }

  /// Returns the path up to its last slash.
  private static func folder(of path: String) -> String {
    String(path[..<(path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex)])
  }

  /// Returns the path with all links followed; nil where it leads nowhere.
  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

extension TensorDictionary {
  /// Adds the tensors of a shard. They must be those that the index names.
  fileprivate mutating func add(_ shard: ShardIndex.Shard, from file: CheckpointFile) throws(CheckpointError) {
    let found = file.dictionaries.first { $0.path.isEmpty } ?? TensorDictionary(path: "")
    let names = Set(found.tensors.map(\.name)).union(found.unreadable.keys).union(found.integers)
    if let name = names.symmetricDifference(shard.tensors).min() {
      throw CheckpointError(
        path: file.path, offset: nil,
        found: names.contains(name)
          ? "tensor \(name.printable), which the index does not name for this file"
          : "no tensor \(name.printable), which the index names for this file",
        remedy: "copy or download the index and all its files again")
    }
    tensors += found.tensors
    integers.formUnion(found.integers)
    unreadable.merge(found.unreadable) { first, _ in first }
  }
}
