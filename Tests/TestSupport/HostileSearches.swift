import Foundation

/// Pickles whose dictionaries of tensors cost more to find than to describe.
extension HostileCheckpoint {
  private static let namespace = Pickle.of(Pickle.global("argparse", "Namespace"), "q\u{2}0")
  private static let dictionary = Pickle.of("}", Pickle.text("a"), tensor, "q\u{1}s")

  /// Returns a list of these opcodes as often as they fit. Memo 1 is a tensor.
  private static func list(of opcodes: Data, _ byteCount: Int) -> Data {
    Pickle.of("](", Data((0..<byteCount / opcodes.count).map { _ in opcodes }.joined()), "e")
  }

  static let searches = [
    HostileCheckpoint("dictionaries of one tensor") {
      legacy(Pickle.of(dictionary, "0", list(of: Pickle.of("}", Pickle.text("a"), "h\u{1}s"), $0)))
    },
    HostileCheckpoint("dictionaries of one long name") {
      let name = Pickle.of(Pickle.text(String(repeating: "n", count: 1024)), "q\u{2}0")
      return legacy(Pickle.of(dictionary, "0", name, list(of: Data("}h\u{2}h\u{1}s".utf8), $0)))
    },
    HostileCheckpoint("dictionaries under one long path") {
      let bottom = list(of: Pickle.of("}", Pickle.text("a"), "h\u{1}s"), $0)
      let path = Data((0..<500).map { _ in Pickle.of("}", Pickle.text("k")) }.joined())
      return legacy(Pickle.of(dictionary, "0", path, bottom, Pickle.repeated("s", filling: 500)))
    },
    HostileCheckpoint("nested dictionaries") {
      let depth = $0 / 8
      let path = Data((0..<depth).map { _ in Pickle.of("}", Pickle.text("k")) }.joined())
      return legacy(Pickle.of(path, dictionary, Pickle.repeated("s", filling: depth)))
    },
    HostileCheckpoint("objects") {
      legacy(Pickle.of(namespace, list(of: Data("h\u{2})R".utf8), $0)))
    },
    HostileCheckpoint("objects beside a tensor") {
      let entries = (0..<$0 / 14).map { Pickle.of(Pickle.text(String($0)), "h\u{3}s") }
      return legacy(Pickle.of(namespace, "h\u{2})Rq\u{3}0", dictionary, Data(entries.joined())))
    },
    HostileCheckpoint("objects of one dictionary of attributes") {
      let attributes = Pickle.of("}(", Pickle.repeated("NN", filling: $0 / 2), "uq\u{3}0")
      return legacy(Pickle.of(namespace, attributes, list(of: Data("h\u{2})Rh\u{3}b".utf8), $0 / 2)))
    },
    HostileCheckpoint("modules") {
      let state = Pickle.of("}", Pickle.text("_parameters"), "Ns")
      return legacy(Pickle.of(namespace, list(of: Pickle.of("h\u{2})R", state, "b"), $0)))
    },
    HostileCheckpoint("lists of one list") {
      legacy(
        Pickle.of(
          "](", Pickle.repeated("N", filling: $0 / 2), "eq\u{1}0", list(of: Data("]h\u{1}a".utf8), $0 / 2)))
    },
    HostileCheckpoint("a list that holds itself") {
      legacy(Pickle.of("]q\u{1}", Pickle.repeated("h\u{1}a", filling: $0)))
    },
    HostileCheckpoint("dictionaries of one path") {
      let entry = Pickle.of(Pickle.text("b"), "}", Pickle.text("a"), "h\u{1}ss")
      return legacy(Pickle.of(dictionary, "0}", Data((0..<$0 / entry.count).map { _ in entry }.joined())))
    },
  ]
}
