import Platform

/// A checkpoint file whose tensors have been found, and not read yet: a PyTorch file of the zip format or of the legacy
/// format from before PyTorch 1.6, or a `.safetensors` file. The file stays mapped; what is not read costs no memory.
///
/// The file is treated as hostile: nothing in it is executed. Finding its tensors takes time in proportion to its size. With
/// what is read of them it takes at most 3 times its size in memory, plus 256 MB.
public struct CheckpointFile: Sendable {
  /// The path of the file, for messages.
  public let path: String
  /// The dictionaries that hold floating-point tensors themselves, in the file's order. There is one at least. Those inside
  /// lists, tuples and objects' attributes count too. One that the file names twice is here once.
  public let dictionaries: [TensorDictionary]
  /// The classes of whole modules (`torch.save(model)`) by their places in the file. Their tensors cannot be read.
  public let modules: [String: String]
  /// The bytes of all files that the tensors lie in.
  let byteCount: Int

  /// Finds the tensors of a file. The format is recognized by the file's content, not by its name.
  ///
  /// - Throws: `CheckpointError` where the file is missing, damaged, of another format or without a floating-point tensor.
  public init(contentsOf path: String) throws(CheckpointError) { try self.init(MappedFile(path)) }

  /// Finds the tensors in the bytes of a file, as `init(contentsOf:)` does. `path` names the file in messages.
  public init(data: Data, path: String) throws(CheckpointError) { try self.init(MappedFile(data, path: path)) }

  private init(_ source: MappedFile) throws(CheckpointError) {
    let found = try source.withBytes { file throws(CheckpointError) in try FoundTensors(in: file) }
    self.init(
      path: source.path, dictionaries: found.dictionaries, modules: found.modules, byteCount: source.byteCount)
  }

  init(path: String, dictionaries: [TensorDictionary], modules: [String: String], byteCount: Int) {
    self.path = path
    self.dictionaries = dictionaries
    self.modules = modules
    self.byteCount = byteCount
  }

  /// Reads those tensors of one of the file's dictionaries that `isWanted` says, given their whole names. float16, bfloat16
  /// and float64 become float32.
  ///
  /// - Throws: `CheckpointError` where a wanted tensor is unreadable, passes the end of its storage, or is NaN or infinite
  ///   in float32 somewhere.
  public func read(
    _ dictionary: TensorDictionary, where isWanted: (String) -> Bool
  ) throws(CheckpointError) -> Checkpoint {
    if let (name, reason) = dictionary.unreadable.filter({ isWanted($0.key) }).min(by: { $0.key < $1.key }) {
      throw CheckpointError(
        path: path, offset: nil, found: "tensor \(name.printable) \(reason)", remedy: Remedy.saveFloats)
    }
    var tensors: [String: Tensor] = [:]
    var elementCount = 0
    for tensor in dictionary.tensors where isWanted(tensor.name) {
      // Tensors may share a storage. This limit keeps a small file from claiming unlimited memory that way.
      elementCount += try tensor.elementCount()
      guard elementCount <= byteCount / Self.smallestElement else {
        throw tensor.refusal(
          "tensors that share storages and hold more elements than a file of this size can", Remedy.saveStateDict)
      }
      tensors[tensor.name] = try tensor.read()
    }
    return Checkpoint(path: path, tensors: tensors)
  }

  /// The bytes of a float16 or bfloat16.
  private static let smallestElement = 2
}

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

/// What a file holds.
struct FoundTensors {
  var dictionaries: [TensorDictionary] = []
  var modules: [String: String] = [:]

  init() {}

  init(in file: FileBytes) throws(CheckpointError) {
    guard file.end > 0 else { throw file.refusal(at: nil, "an empty file", Remedy.download) }
    let head = file.bytes.prefix(16)
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      self = try findTensors(ofZip: file)
    } else if head.starts(with: legacyMagic) {
      self = try findTensors(ofLegacy: file)
    } else if head.count > 8, head[8] == UInt8(ascii: "{") {
      self = try findTensors(ofSafeTensors: file)
    } else {
      throw file.refusal(at: 0, Self.description(of: head), Remedy.formats)
    }
  }

  private static func description(of head: Slice<UnsafeRawBufferPointer>) -> String {
    if head.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
      "text, beginning '\(String(decoding: head.prefix { $0 != 0x0A }, as: UTF8.self).printable)'"
    } else if head.starts(with: [0x80]) {
      "a pickle that torch.save did not write"
    } else {
      "neither a zip file, a legacy PyTorch file nor safetensors"
    }
  }
}
