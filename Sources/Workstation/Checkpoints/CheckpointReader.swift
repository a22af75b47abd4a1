import Platform

extension Checkpoint {
  /// Reads every floating-point tensor of a PyTorch state dict or of a `.safetensors` file. PyTorch files
  /// may have the zip format or the legacy format from before PyTorch 1.6. The format is recognized by the
  /// file's content, not by its name.
  ///
  /// The state dict may be the whole object, or its entry `state_dict` or `model`. The prefixes `module.`, `_orig_mod.`
  /// and `model.` of names are dropped. Integer tensors and everything that is not a tensor are ignored. float16,
  /// bfloat16 and float64 become float32.
  ///
  /// The file is treated as hostile: nothing in it is executed. Reading takes time in proportion to its size, and at most
  /// 3 times its size in memory, plus 256 MB.
  ///
  /// - Throws: `CheckpointError` where the file is missing, damaged or of another format, or where it holds a weight
  ///   that is NaN or infinite in float32.
  public init(contentsOf path: String) throws(CheckpointError) {
    try self.init(data: try Self.map(path), path: path)
  }

  /// Reads a checkpoint from the bytes of a file, as `init(contentsOf:)` does. `path` names the file in messages.
  public init(data: Data, path: String) throws(CheckpointError) {
    let result = data.withUnsafeBytes { bytes in
      Result { () throws(CheckpointError) in try Self.tensors(of: FileBytes(path: path, bytes: bytes)) }
    }
    self.init(path: path, tensors: try result.get())
  }

  private static func map(_ path: String) throws(CheckpointError) -> Data {
    guard let kind = FileKind(of: path) else {
      throw CheckpointError(path: path, offset: nil, found: "no such file", remedy: "check the path")
    }
    guard kind == .file else {
      throw CheckpointError(path: path, offset: nil, found: kind.rawValue, remedy: Remedy.formats)
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw CheckpointError(
        path: path, offset: nil, found: "the file cannot be read (\(reason(of: error)))",
        remedy: "check its permissions")
    }
  }

  /// The prefixes that DataParallel, `torch.compile` and Lightning put before every name.
  private static var wrappers: [FileText] { ["module.", "_orig_mod.", "model."] }

  private static func tensors(of file: FileBytes) throws(CheckpointError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    var elementCount = 0
    for stored in try stored(in: file) {
      let name = try name(of: stored, in: file)
      // Tensors may share a storage. This limit keeps a small file from claiming unlimited memory that way.
      elementCount += try stored.elementCount(in: file)
      guard elementCount <= file.end / smallestElement else {
        throw file.refusal(
          at: stored.storageOffset, "tensors that share storages and hold more elements than a file of this size can",
          Remedy.saveStateDict)
      }
      guard tensors.updateValue(try stored.read(from: file), forKey: name) == nil else {
        throw file.refusal(at: nil, "two tensors named \(name)", Remedy.saveStateDict)
      }
    }
    return tensors
  }

  /// The bytes of a float16 or bfloat16.
  private static let smallestElement = 2

  /// Returns a tensor's name without its wrappers. It must be ASCII, as all names of the supported networks are: such names
  /// are compared by their bytes.
  private static func name(of stored: StoredTensor, in file: FileBytes) throws(CheckpointError) -> String {
    var name = stored.name
    while let wrapper = wrappers.first(where: name.hasPrefix) { name = name.dropFirst(wrapper.bytes.count) }
    try file.checkLength(of: name, of: "a tensor")
    guard name.bytes.allSatisfy({ 0x20..<0x7F ~= $0 }) else {
      throw file.refusal(
        at: file.offset(of: name), "a tensor named '\(name.printable)', not in ASCII", Remedy.renameTensor)
    }
    return String(decoding: name.bytes, as: UTF8.self)
  }

  private static func stored(in file: FileBytes) throws(CheckpointError) -> [StoredTensor] {
    guard file.end > 0 else { throw file.refusal(at: nil, "an empty file", Remedy.download) }
    let head = file.bytes.prefix(16)
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return try readPyTorchZip(file) }
    if head.starts(with: legacyMagic) { return try readPyTorchLegacy(file) }
    if head.count > 8, head[8] == UInt8(ascii: "{") { return try readSafeTensors(file) }
    let found =
      if head.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
        "text, beginning '\(String(decoding: head.prefix { $0 != 0x0A }, as: UTF8.self).printable)'"
      } else if head.starts(with: [0x80]) {
        "a pickle that torch.save did not write"
      } else {
        "neither a zip file, a legacy PyTorch file nor safetensors"
      }
    throw file.refusal(at: 0, found, Remedy.formats)
  }
}
