import Images
import ModelFormat

/// What was evaluated. Sums of two shards can be added up where they are of one subject.
public struct EvaluationSubject: Sendable, Equatable {
  /// The version of resnet-int8, whose later versions may prepare pictures otherwise.
  public let version: String
  /// The checksum of the model's header and layers, which holds that of its weights.
  public let model: UInt64
  /// The number of the model's outputs.
  public let outputCount: Int
  /// The checksum of the float network; nil without one.
  public let checkpoint: UInt64?
  /// The checksum of the images' names, below their folder, and of their classes.
  public let images: UInt64
  /// The number of images of all shards together.
  public let imageCount: Int
  /// The most pixels of an image.
  public let pixelLimit: Int

  public init(
    version: String, model: UInt64, outputCount: Int, checkpoint: UInt64?, images: UInt64, imageCount: Int,
    pixelLimit: Int
  ) {
    self.version = version
    self.model = model
    self.outputCount = outputCount
    self.checkpoint = checkpoint
    self.images = images
    self.imageCount = imageCount
    self.pixelLimit = pixelLimit
  }
}

/// The sums of one shard of the images, with what they are of.
public struct ShardSums: Sendable, Equatable {
  public let subject: EvaluationSubject
  public let shard: Shard
  public let sums: EvaluationSums
  /// The names of the classes that `sums` counts, by their index.
  public let classNames: [Int: String]

  /// The most classes that images may have. JSON with more is not read back.
  public static let largestClassCount = 40_000

  /// - Parameter classNames: those of all classes that `sums` counts; others are left out.
  public init(subject: EvaluationSubject, shard: Shard, sums: EvaluationSums, classNames: [Int: String]) {
    self.subject = subject
    self.shard = shard
    self.sums = sums
    self.classNames = classNames.filter { sums.classes[$0.key] != nil }
  }
}

extension Int8Model {
  /// A checksum of the whole model.
  public var checksum: UInt64 { header.checksum }
}

extension [ImageFolder.Entry] {
  /// The checksum of the images' paths below their folder, and of their classes. Another copy of the folder has the same.
  ///
  /// - Parameter folder: the path of the folder that all lie in.
  public func checksum(below folder: String) -> UInt64 {
    var checksum = Checksum()
    for entry in self {
      let name = [UInt8](entry.path.utf8.dropFirst(folder.utf8.count))
      checksum.append(UInt64(name.count))
      name.withUnsafeBytes { checksum.append($0) }
      checksum.append(entry.classIndex.map { UInt64($0) } ?? .max)
    }
    return checksum.value
  }
}
