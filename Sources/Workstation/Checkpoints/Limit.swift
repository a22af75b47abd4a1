/// The most that a checkpoint may have of a thing. Each limit is far above what a network needs, and low enough that what
/// a file makes of it costs 256 MB at most, however small the file is. (Weights come on top: `Checkpoint` limits them by
/// the file's size.)
enum Limit {
  /// ResNet-1202, the deepest published, has 7,209 tensors.
  static let tensors = 1 << 16
  /// The bytes of a tensor's, storage's or zip entry's name, and of a dictionary's path: every use of a name takes time in proportion.
  static let nameByteCount = 1024
  /// PyTorch itself reduces over 64 dimensions at most.
  static let dimensions = 64
  /// The opcodes of the pickles. A network takes about 40 for each tensor, and the optimizer beside it as many again.
  static let pickleSteps = 1 << 20
  /// A training checkpoint has a zip entry for each storage of the network, its optimizer and its averages.
  static let zipEntries = 1 << 18
  /// The files that one network is divided among.
  static let shards = 1 << 10
}
