import Platform

extension TensorDictionary {
  /// Returns the dictionary with other names, by which its tensors are then read: in every name, each text `from` is
  /// replaced with `to`, one rule after the other.
  ///
  /// - Parameter path: that of the file, for messages.
  /// - Throws: `CheckpointError` where two tensors would get the same name.
  public func renaming(
    _ rules: [(from: String, to: String)], path: String
  ) throws(CheckpointError) -> TensorDictionary {
    let renamed = try Renaming(rules, path: path).names(of: tensors.map(\.name) + unreadable.keys + integers)
    var dictionary = self
    for i in tensors.indices { dictionary.tensors[i].name = renamed[tensors[i].name]! }
    dictionary.unreadable = Dictionary(uniqueKeysWithValues: unreadable.map { (renamed[$0.key]!, $0.value) })
    dictionary.integers = Set(integers.map { renamed[$0]! })
    return dictionary
  }
}

private struct Renaming {
  private let rules: [(from: String, to: String)]
  private let path: String

  init(_ rules: [(from: String, to: String)], path: String) {
    self.rules = rules
    self.path = path
  }

  /// Returns the new name of each.
  func names(of names: some Sequence<String>) throws(CheckpointError) -> [String: String] {
    var renamed: [String: String] = [:]
    var origins: [String: String] = [:]
    for name in names.sorted() {
      let new = rules.reduce(name) { name, rule in name.replacing(rule.from, with: rule.to) }
      if let other = origins.updateValue(name, forKey: new) {
        throw CheckpointError(
          path: path, offset: nil,
          found: "tensors \(other.printable) and \(name.printable) would both be renamed to \(new.printable)",
          remedy: "rename them to different names")
      }
      renamed[name] = new
    }
    return renamed
  }
}
