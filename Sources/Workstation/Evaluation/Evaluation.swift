import FloatRuntime
import Images
import ModelFormat
import Platform

/// How an int8 model does on images, beside the float network it was made from.
public struct Evaluation: Sendable {
  /// Images that were read, and those that were not, with the reasons.
  public private(set) var imageCount = 0
  public private(set) var skipped: [ImageError] = []
  /// Images whose class is known.
  public private(set) var labelledCount = 0
  public private(set) var int8Correct = 0
  public private(set) var floatCorrect = 0
  /// Images for which both networks choose the same class.
  public private(set) var sameClass = 0
  /// Logits of each image that was read, in the order of the entries.
  public private(set) var int8Logits: [[Float]] = []
  /// As above; empty without a float network.
  public private(set) var floatLogits: [[Float]] = []
  /// Energies of the float logits and of their difference from the int8 ones.
  private var signal = 0.0
  private var noise = 0.0

  /// Signal to quantization noise ratio of the logits: 10 log10 of the float logits' energy over the energy of their
  /// difference from the int8 logits, in decibels.
  public var signalToNoise: Double { noise == 0 ? .infinity : 10 * log10(signal / noise) }
  public var int8Accuracy: Double { Double(int8Correct) / Double(labelledCount) }
  public var floatAccuracy: Double { Double(floatCorrect) / Double(labelledCount) }
  public var agreement: Double { Double(sameClass) / Double(imageCount) }

  private struct Outcome: Sendable {
    let int8: [Float]
    let float: [Float]?
  }

  /// Runs every image through the model, and through the float network where one is given, on all cores.
  ///
  /// - Parameters:
  ///   - kernels: the kernels to use; nil for the fastest.
  ///   - progress: called after each image, on any thread.
  public init(
    _ model: Int8Model, float: FloatNetwork?, entries: [ImageFolder.Entry], preprocessing: Preprocessing,
    kernels: String? = nil, progress: @Sendable () -> Void = {}
  ) throws {
    if let kernels { try Int8Network(model).select(kernels: kernels) }
    let channels = Int(model.header.inputChannels)
    let outcomes = concurrentMap(entries.count) {
      let network = Int8Network(model)
      if let kernels { try! network.select(kernels: kernels) }
      return (int8: network, workspace: float?.makeWorkspace())
    } _: { state, index -> Result<Outcome, ImageError> in
      defer { progress() }
      return Result { () throws(ImageError) in
        let image = preprocessing(try Image(jpegAt: entries[index].path, channels: channels))
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
    for (reference, value) in zip(float, outcome.int8) {
      signal += Double(reference) * Double(reference)
      noise += (Double(reference) - Double(value)) * (Double(reference) - Double(value))
    }
  }
}

extension [Float] {
  /// The first of equals.
  public var indexOfMaximum: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}

extension Image {
  /// `init(jpeg:channels:)`, whose only errors are `ImageError`s.
  init(jpegAt path: String, channels: Int) throws(ImageError) {
    do {
      self = try Image(jpeg: path, channels: channels)
    } catch let error as ImageError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }
}
