import FloatRuntime
import Images
import ModelFormat
import Platform

/// The results of an int8 model on images, beside those of the float network it was made from.
public struct Evaluation: Sendable {
  /// What was counted over all images.
  public private(set) var sums = EvaluationSums()
  /// The images that could not be read, with the reasons.
  public private(set) var skipped: [ImageError] = []
  /// The int8 logits of each image that was read, in the order of the entries.
  public private(set) var int8Logits: [[Float]] = []
  /// The float logits of each image that was read, in the order of the entries; empty without a float network.
  public private(set) var floatLogits: [[Float]] = []

  private struct Outcome: Sendable {
    let int8: [Float]
    let float: [Float]?
  }

  /// Runs every image through the model, and through the float network where one is given, on all cores.
  ///
  /// - Parameters:
  ///   - pixelLimit: the most pixels of an image.
  ///   - kernels: the name of the kernels to use; nil for the fastest.
  ///   - progress: called after each image, on any thread.
  /// - Throws: `EvaluationError` where `kernels` cannot be used, or where the model does not take pictures. Images that
  ///   cannot be read do not throw: they are in `skipped`.
  public init(
    _ model: Int8Model, float: FloatNetwork?, entries: [ImageFolder.Entry],
    pixelLimit: Int = Image.defaultPixelLimit, kernels: String? = nil, progress: @Sendable () -> Void = {}
  ) throws {
    if let kernels { _ = try Int8Network(model, kernels: kernels) }
    let (channels, preparation) = (try model.pictureChannels, try model.preparation)
    let outcomes = concurrentMap(entries.count) {
      (int8: try! Int8Network(model, kernels: kernels), workspace: float?.makeWorkspace())
    } _: { state, index -> Result<Outcome, ImageError> in
      defer { progress() }
      return Result { () throws(ImageError) in
        let image = preparation(
          try Image(contentsOf: entries[index].path, channels: channels, pixelLimit: pixelLimit))
        return Outcome(
          int8: state.int8.run(image.pixels),
          float: image.pixels.withUnsafeBufferPointer { float?.run($0, workspace: state.workspace!) })
      }
    }
    for (entry, outcome) in zip(entries, outcomes) {
      switch outcome {
      case .failure(let error):
        skipped.append(error)
        sums.addSkipped()
      case .success(let outcome):
        sums.add(int8: outcome.int8, float: outcome.float, classIndex: entry.classIndex)
        int8Logits.append(outcome.int8)
        if let float = outcome.float { floatLogits.append(float) }
      }
    }
  }
}
