import Checkpoints
import Platform

/// The network of a checkpoint file that may hold several, beside an optimizer's state and more.
public struct NetworkChoice {
  /// The network's tensors, and those beside it in its dictionary.
  public let checkpoint: Checkpoint
  /// The places of copies that were averaged during training (EMA) and left aside.
  public let averaged: [String]

  /// Finds the networks of a file by the names of their tensors, and reads the one.
  ///
  /// - Parameter key: the place of the network: the keys that lead to its dictionary, or the prefix of its names, or both,
  ///   joined by points. Without it a file must have one network, or one beside averaged copies.
  /// - Throws: `ArchitectureError` where there is no network, or several; `CheckpointError` where it cannot be read.
  public init(in file: CheckpointFile, key: String?, renaming rules: [(from: String, to: String)] = []) throws {
    let dictionaries = try file.dictionaries.map { try $0.renaming(rules, path: file.path) }
    let all = dictionaries.flatMap(Place.all)
    guard !all.isEmpty else { throw Self.noNetwork(file, dictionaries) }
    guard all.count <= Self.mostNetworks else {
      throw ArchitectureError(path: file.path, problem: "\(all.count) networks; save the one with torch.save")
    }
    let place: Place
    if let key {
      let found = all.filter { $0.isWithin(key) }
      guard let first = found.first, found.count == 1 else {
        let problem = found.isEmpty ? "no network at '\(key.printable)'" : "several networks at '\(key.printable)'"
        throw Self.failure(file, problem, found.isEmpty ? all : found)
      }
      (place, averaged) = (first, [])
    } else {
      let plain = all.filter { !$0.isAveraged }
      let candidates = plain.isEmpty ? all : plain
      guard let first = candidates.first, candidates.count == 1 else {
        throw Self.failure(file, "\(candidates.count) networks", candidates)
      }
      (place, averaged) = (first, all.filter { $0 != first }.map(\.description))
    }
    let dictionary = dictionaries.first { $0.path == place.path }!
    try Self.requireNoObservers(in: dictionary, place, path: file.path)
    let others = all.filter { $0 != place && $0.path == place.path }.map(\.prefix)
    checkpoint = try file.read(dictionary) { name in
      // Beside the tensors there may be values that are none, such as `args`. Those of the network have a point.
      let isReadable = dictionary.unreadable[name] == nil
      guard isReadable || name.hasPrefix(place.prefix) && name.dropFirst(place.prefix.count).contains(".") else {
        return false
      }
      return !others.contains { name.hasPrefix($0) && !(name.hasPrefix(place.prefix) && $0.count < place.prefix.count) }
    }
  }

  /// Throws where the network was saved as PyTorch prepares it for quantization-aware training.
  private static func requireNoObservers(
    in dictionary: TensorDictionary, _ place: Place, path: String
  ) throws(ArchitectureError) {
    let marks = ["activation_post_process", "weight_fake_quant"]
    let observers = dictionary.tensors.map(\.name).filter { name in
      name.hasPrefix(place.prefix) && marks.contains(where: name.contains)
    }
    guard let observer = observers.min() else { return }
    throw ArchitectureError(
      path: path,
      problem: "\(observers.count) tensors of observers of quantization-aware training (\(observer.printable), ...),"
        + " whose ranges cannot be used; save the weights without them, and they are calibrated: {name: tensor for name,"
        + " tensor in state.items() if 'activation_post_process' not in name and 'weight_fake_quant' not in name}")
  }

  /// Above any number of copies that training keeps.
  private static let mostNetworks = 100

  private static func failure(_ file: CheckpointFile, _ problem: String, _ places: [Place]) -> ArchitectureError {
    let list = places.prefix(8).map { "--key \($0.description.isEmpty ? "''" : $0.description)" }
    let rest = places.count > list.count ? ", ..." : ""
    return ArchitectureError(
      path: file.path, problem: "\(problem); choose one with \(list.joined(separator: ", ").printable)\(rest)")
  }

  private static func noNetwork(_ file: CheckpointFile, _ dictionaries: [TensorDictionary]) -> ArchitectureError {
    let largest = dictionaries.max { $0.tensors.count < $1.tensors.count }!
    let shapes = Dictionary(uniqueKeysWithValues: largest.tensors.map { ($0.name, $0.shape) })
    return ArchitectureError.noNetwork(path: file.path, tensors: listed(shapes.keys) { shapes[$0] })
  }
}

/// Where a network is in a file: its dictionary, and what its names begin with.
private struct Place: Equatable, CustomStringConvertible {
  let path: String
  let prefix: String

  /// Returns the places of a dictionary's networks, each once.
  static func all(in dictionary: TensorDictionary) -> [Place] {
    let names = Set(dictionary.tensors.map(\.name))
    var anchors: Set<String> = []
    return Naming.all.flatMap { naming in
      naming.prefixes(in: names).filter { anchors.insert($0 + naming.anchor).inserted }
    }.map { Place(path: dictionary.path, prefix: $0) }
  }

  /// The keys and the prefix, joined by points, without the last.
  var description: String {
    let whole = path.isEmpty || prefix.isEmpty ? path + prefix : "\(path).\(prefix)"
    return whole.hasSuffix(".") ? String(whole.dropLast()) : whole
  }

  func isWithin(_ key: String) -> Bool { description == key || description.hasPrefix("\(key).") }

  /// Whether it is a copy whose weights were averaged during training, as its keys say: "model_ema", "state_dict_ema", "ema".
  var isAveraged: Bool {
    description.lowercased().split { $0 == "." || $0 == "_" }.contains { $0 == "ema" }
  }
}
