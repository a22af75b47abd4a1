import FloatRuntime
import Images
import ModelFormat
import Platform

/// The results of an int8 model on images, beside those of the float network it was made from.
public struct Evaluation: Sendable {
  /// The number of images that were read.
  public private(set) var imageCount = 0
  /// The images that could not be read, with the reasons.
  public private(set) var skipped: [ImageError] = []
  /// The number of images whose class is known.
  public private(set) var labelledCount = 0
  public private(set) var int8Correct = 0
  public private(set) var floatCorrect = 0
  /// The number of images for which both networks choose the same class.
  public private(set) var sameClass = 0
  /// The int8 logits of each image that was read, in the order of the entries.
  public private(set) var int8Logits: [[Float]] = []
  /// The float logits of each image that was read, in the order of the entries; empty without a float network.
  public private(set) var floatLogits: [[Float]] = []
  private var ratio = SignalToNoise()

  /// The signal to quantization noise ratio (SQNR) of the logits, in decibels: 10 log10 of the float logits' energy
  /// over the energy of their difference from the int8 logits.
  public var signalToNoise: Double { ratio.decibels }
  /// The fraction of labelled images for which the int8 model chooses the right class; NaN where none is labelled.
  public var int8Accuracy: Double { Double(int8Correct) / Double(labelledCount) }
  /// The fraction of labelled images for which the float network chooses the right class; NaN where none is labelled.
  public var floatAccuracy: Double { Double(floatCorrect) / Double(labelledCount) }
  /// The fraction of images for which both networks choose the same class; NaN where no image was read.
  public var agreement: Double { Double(sameClass) / Double(imageCount) }

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
    if let kernels { try Int8Network(model).select(kernels: kernels) }
    let (channels, preparation) = (try model.pictureChannels, try model.preparation)
    let outcomes = concurrentMap(entries.count) {
      let network = Int8Network(model)
      if let kernels { try! network.select(kernels: kernels) }
      return (int8: network, workspace: float?.makeWorkspace())
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
      case .failure(let error): skipped.append(error)
      case .success(let outcome): add(outcome, classIndex: entry.classIndex)
      }
    }
  }

  private mutating func add(_ outcome: Outcome, classIndex: Int?) {
    imageCount += 1
    int8Logits.append(outcome.int8)
    let int8Class = outcome.int8.indexOfMaximum
    if let classIndex {
      labelledCount += 1
      if int8Class == classIndex { int8Correct += 1 }
    }
    guard let float = outcome.float else { return }
    floatLogits.append(float)
    let floatClass = float.indexOfMaximum
    if floatClass == classIndex { floatCorrect += 1 }
    if floatClass == int8Class { sameClass += 1 }
    for (reference, value) in zip(float, outcome.int8) { ratio.add(value, reference: reference) }
  }
}

extension [Float] {
  /// The index of the largest element, and of the first where several are equal.
  public var indexOfMaximum: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}
