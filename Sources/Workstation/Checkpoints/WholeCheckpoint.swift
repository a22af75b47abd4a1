import Platform

extension Checkpoint {
  /// Reads every floating-point tensor of the state dict: the dictionary `state_dict` or `model` of the file, or else the
  /// whole object. The prefixes `module.`, `_orig_mod.` and `model.` of names are dropped.
  ///
  /// - Throws: `CheckpointError`, as `CheckpointFile` does, and where the file has no such dictionary.
  public init(contentsOf path: String) throws(CheckpointError) { try self.init(CheckpointFile(contentsOf: path)) }

  /// Reads a checkpoint from the bytes of a file, as `init(contentsOf:)` does. `path` names the file in messages.
  public init(data: Data, path: String) throws(CheckpointError) {
    try self.init(CheckpointFile(data: data, path: path))
  }

  private init(_ file: CheckpointFile) throws(CheckpointError) {
    let places = ["state_dict", "model", ""]
    guard let dictionary = places.lazy.compactMap({ path in file.dictionaries.first { $0.path == path } }).first else {
      throw CheckpointError(
        path: file.path, offset: nil, found: "no floating-point tensor in the state dict", remedy: Remedy.saveStateDict)
    }
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in try file.read(dictionary, where: { dictionary.unreadable[$0] == nil }).tensors {
      var name = name[...]
      while let wrapper = Self.wrappers.first(where: name.hasPrefix) { name = name.dropFirst(wrapper.count) }
      guard tensors.updateValue(tensor, forKey: String(name)) == nil else {
        throw CheckpointError(
          path: file.path, offset: nil, found: "two tensors named \(name)", remedy: Remedy.saveStateDict)
      }
    }
    self.init(path: file.path, tensors: tensors)
  }

  /// The prefixes that DataParallel, `torch.compile` and Lightning put before every name.
  private static let wrappers = ["module.", "_orig_mod.", "model."]
}
