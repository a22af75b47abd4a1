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
