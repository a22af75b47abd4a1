import Platform

/// The names that a file's dictionaries and their tensors have been given. All together they take no more memory than the
/// file, which could use one long text again and again.
struct TensorNames {
  private let file: FileBytes
  private var byteCount = 0
  private var count = 0
  private var namesOfDictionary: Set<String> = []
  private var paths: Set<String> = []
  private var nextNumber = 2

  init(_ file: FileBytes) { self.file = file }

  /// Names a dictionary. Until the next call, names of tensors are those of its tensors.
  mutating func nameDictionary(_ path: String) throws(CheckpointError) -> String {
    try count(path)
    var unique = path
    while !paths.insert(unique).inserted {
      unique = "\(path)#\(nextNumber)"
      nextNumber += 1
    }
    namesOfDictionary = []
    return unique
  }

  /// Names a tensor, or what may be one. Throws where the dictionary has the name already, and where the file has more
  /// tensors than any network.
  mutating func nameTensor(_ name: String) throws(CheckpointError) -> String {
    count += 1
    guard count <= Limit.tensors else {
      throw file.refusal(at: nil, "more than \(Limit.tensors) tensors", Remedy.saveStateDict)
    }
    try count(name)
    guard namesOfDictionary.insert(name).inserted else {
      throw file.refusal(at: nil, "two tensors named \(name.printable)", Remedy.saveStateDict)
    }
    return name
  }

  private mutating func count(_ name: String) throws(CheckpointError) {
    byteCount += name.utf8.count
    guard byteCount <= file.end else {
      throw file.refusal(at: nil, "tensors whose names have more bytes than the file", Remedy.saveStateDict)
    }
  }
}
