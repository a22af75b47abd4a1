/// A dictionary of a checkpoint that holds floating-point tensors.
public struct TensorDictionary: Sendable {
  /// The keys that lead to it, joined by points: "state_dict", "ema.model", "optimizer.state.0". A list's items count from 0.
  /// The path of the whole object is empty. No two dictionaries of a file have the same path: a second one ends in "#2".
  public let path: String
  /// Its floating-point tensors, in the file's order. Names are whole, unique, and ASCII: other characters are escaped as
  /// `\u{E9}`.
  public internal(set) var tensors: [StoredTensor] = []
  /// The names of its other tensors: of integers, booleans and complex numbers. They are never read.
  public internal(set) var integers: Set<String> = []
  /// Its values that may be tensors and cannot be read, by their names, with the reason as a predicate: "is made by
  /// torch._utils._rebuild_qtensor, which is unknown and not run". No two of all three have the same name.
  public internal(set) var unreadable: [String: String] = [:]

  init(path: String) { self.path = path }
}
