import Foundation

/// A way to write checkpoints that ask for more time or memory than their size is worth. None is of a network.
package struct HostileCheckpoint: Sendable, CustomStringConvertible {
  package let description: String
  /// Returns a file of about this many bytes.
  package let file: @Sendable (_ byteCount: Int) -> Data

  init(_ description: String, _ file: @escaping @Sendable (_ byteCount: Int) -> Data) {
    self.description = description
    self.file = file
  }

  package static let all = names + pickles + searches + zips + headers + [optionA]

  private static let one = CheckpointBytes.littleEndian(Float(1).bitPattern)
  private static let notANumber = CheckpointBytes.littleEndian(Float.nan.bitPattern)
  static let tensor = Pickle.tensor(shape: [1], strides: [1])

  // MARK: Names

  /// Unicode's normalization sorts the combining marks after a letter, and each dot of a name ends a prefix.
  private static let names = ["\u{301}", "\u{301}\u{323}\u{334}\u{345}", "e\u{301}", ".", "é.", "module.", "x"].flatMap
  {
    unit -> [HostileCheckpoint] in
    let name = { @Sendable (byteCount: Int) in "a" + String(repeating: unit, count: byteCount / unit.utf8.count) }
    let shown = unit.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: " ")
    return [
      HostileCheckpoint("a tensor named \(shown)") { legacy(Pickle.of(Pickle.text(name($0)), tensor, "s")) },
      HostileCheckpoint("a tensor of safetensors named \(shown)") {
        CheckpointBytes.safetensors(#"{"\#(name($0))":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, one)
      },
      HostileCheckpoint("a storage named \(shown) again and again") {
        let id = Pickle.storageID(name($0 / 2), count: 1)
        return legacy(Pickle.of("0", id, "q\u{1}0", Pickle.repeated("h\u{1}Q0", filling: $0 / 2), "}"))
      },
    ]
  }

  // MARK: Pickles

  private static let pickles = [
    HostileCheckpoint("nested tuples") { legacy(Pickle.of(")", Pickle.repeated("\u{85}", filling: $0), "0")) },
    HostileCheckpoint("empty lists") { legacy(Pickle.repeated("]", filling: $0)) },
    HostileCheckpoint("nested lists") {
      legacy(Pickle.of(Pickle.repeated("]", filling: $0 / 2), Pickle.repeated("a", filling: $0 / 2 - 1)))
    },
    HostileCheckpoint("marks") { legacy(Pickle.repeated("(", filling: $0)) },
    HostileCheckpoint("duplicates") { legacy(Pickle.of("N", Pickle.repeated("2", filling: $0))) },
    HostileCheckpoint("memos") { legacy(Pickle.of("N", Pickle.repeated("\u{94}", filling: $0))) },
    HostileCheckpoint("arguments of a tensor") {
      let text = Pickle.text(String(repeating: "A", count: 80))
      return legacy(Pickle.of(text, "q\u{1}0", rebuild, "(", Pickle.repeated("h\u{1}", filling: $0), "tR"))
    },
    HostileCheckpoint("dictionaries of one list of pairs") {
      let pairs = Pickle.of("](", Pickle.repeated("(NNt", filling: $0 / 2), "eq\u{1}0")
      let calls = Pickle.repeated("h\u{2}h\u{1}\u{85}R0", filling: $0 / 2)
      return legacy(Pickle.of(pairs, Pickle.global("collections", "OrderedDict"), "q\u{2}0", calls))
    },
    HostileCheckpoint("tensors of one tuple of dimensions") {
      let shape = Pickle.of("(", Pickle.repeated("K\u{1}", filling: 128), "tq\u{1}")
      let arguments = Pickle.of("(", Pickle.storageID("k", count: 1), "QK\u{0}", shape, "h\u{1}tq\u{1}0")
      return legacy(Pickle.of(arguments, rebuild, "q\u{2}0", Pickle.repeated("h\u{2}h\u{1}R", filling: $0)))
    },
    HostileCheckpoint("tensors of one storage") { byteCount in
      let count = Int32(byteCount / 8)
      let tensor = Pickle.tensor(count: count, shape: [count], strides: [1])
      return CheckpointBytes.legacy(
        Pickle.of(tensor, "q\u{1}0}", sameTensor(filling: byteCount / 2)), keys: [Pickle.text("k")],
        storages: CheckpointBytes.littleEndian(UInt64(count)) + Data(count: 4 * Int(count)))
    },
    HostileCheckpoint("a list of one storage key") {
      let key = Pickle.text(String(repeating: "k", count: $0 / 2))
      let keys = [key, Pickle.of("q\u{1}", Pickle.repeated("h\u{1}", filling: $0 / 10))]
      return CheckpointBytes.legacy(Pickle.of(tensor, "0}"), keys: keys, storages: Data(count: 8 * ($0 / 20)))
    },
  ]

  private static let rebuild = Pickle.global("torch._utils", "_rebuild_tensor")

  /// Names in turn, each for the tensor of memo 1.
  private static func sameTensor(filling byteCount: Int) -> Data {
    Data((0..<byteCount / 12).map { Pickle.of(Pickle.text(String($0)), "h\u{1}s") }.joined())
  }

  static func legacy(_ object: Data) -> Data {
    CheckpointBytes.legacy(
      Pickle.of("}", object), keys: [Pickle.text("k")], storages: CheckpointBytes.littleEndian(UInt64(1)) + one)
  }

  // MARK: Zip files

  private static let zips = [
    HostileCheckpoint("a zip file of one long storage key") { byteCount in
      let key = String(repeating: "k", count: min(byteCount / 4, 60_000))
      let tensor = Pickle.tensor(key: key, count: 0, shape: [0], strides: [1])
      return CheckpointBytes.zip([
        ("r/data.pkl", Pickle.of(tensor, "q\u{1}0}", sameTensor(filling: byteCount / 2), ".")),
        ("r/data/\(key)", Data()),
      ])
    },
    HostileCheckpoint("a zip file of many entries") { byteCount in
      CheckpointBytes.zip((0..<min(byteCount / 90, 65_000)).map { (String($0), Data()) })
    },
    HostileCheckpoint("a zip file of entries with long names") { byteCount in
      CheckpointBytes.zip((0..<8).map { (String($0) + String(repeating: "\u{301}", count: byteCount / 50), Data()) })
    },
  ]

  // MARK: safetensors

  private static let headers = [
    HostileCheckpoint("escapes in a name of safetensors") { header(name: repeated(#"\u0301"#, $0), shape: "1") },
    HostileCheckpoint("dimensions") { header(name: "a", shape: repeated("1,", $0) + "1") },
    HostileCheckpoint("a long number") { header(name: "a", shape: repeated("1", $0)) },
    HostileCheckpoint("nested arrays") { header(name: "a", shape: repeated("[", $0 / 2) + repeated("]", $0 / 2)) },
    HostileCheckpoint("nested objects") { CheckpointBytes.safetensors(repeated(#"{"a":"#, $0)) },
    HostileCheckpoint("nested metadata") { CheckpointBytes.safetensors(repeated(#"{"__metadata__":"#, $0)) },
    HostileCheckpoint("empty tensors") { byteCount in
      let entries = (0..<byteCount / 60).map { #""\#($0)":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"# }
      return CheckpointBytes.safetensors("{\(entries.joined(separator: ","))}")
    },
    HostileCheckpoint("blocks without weights") { byteCount in
      let entries = (0..<byteCount / 75).map {
        #""layer1.\#($0).conv1.weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
      }
      return CheckpointBytes.safetensors("{\(entries.joined(separator: ","))}")
    },
  ]

  private static func header(name: String, shape: String) -> Data {
    CheckpointBytes.safetensors(
      #"{"\#(name)":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[0,4]}}"#, notANumber)
  }

  private static func repeated(_ text: String, _ byteCount: Int) -> String {
    String(repeating: text, count: byteCount / text.utf8.count)
  }

  /// A CIFAR ResNet of one block, whose shortcut would take the square of the channels, where its convolutions grow in
  /// proportion to them.
  private static let optionA = HostileCheckpoint("option A's slice") { byteCount in
    let channels = byteCount / 70
    var entries: [String] = []
    var end = 0
    func add(_ name: String, _ shape: [Int]) {
      let start = end
      end += 2 * shape.reduce(1, *)
      entries.append(#""\#(name)":{"dtype":"F16","shape":\#(shape),"data_offsets":[\#(start),\#(end)]}"#)
    }
    for (convolution, norm, shape) in [
      ("conv1", "bn1", [channels, 1, 3, 3]), ("layer1.0.conv1", "layer1.0.bn1", [1, channels, 3, 3]),
      ("layer1.0.conv2", "layer1.0.bn2", [channels + 2, 1, 3, 3]),
    ] {
      add("\(convolution).weight", shape)
      for name in ["weight", "bias", "running_mean", "running_var"] { add("\(norm).\(name)", [shape[0]]) }
    }
    return CheckpointBytes.safetensors("{\(entries.joined(separator: ","))}", Data(count: end))
  }
}
