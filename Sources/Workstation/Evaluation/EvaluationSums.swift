/// What an evaluation counts and sums up over images. The sums of parts of the images add up to those of the whole, exactly
/// and in any order.
public struct EvaluationSums: Sendable, Equatable {
  /// The right answers among the images of one class.
  public struct ClassCounts: Sendable, Equatable {
    /// The number of the class's images that were read.
    public var imageCount = 0
    public var int8Correct = 0
    /// 0 without a float network, as everything of `EvaluationSums` that tells of one.
    public var floatCorrect = 0
  }

  /// The number of images that were read.
  public internal(set) var imageCount = 0
  /// The number of images that could not be read.
  public internal(set) var skippedCount = 0
  /// The classes that images are known to have, by their index.
  public internal(set) var classes: [Int: ClassCounts] = [:]
  /// The number of labelled images whose class is among the five likeliest.
  public internal(set) var int8TopFive = 0
  public internal(set) var floatTopFive = 0
  /// The number of images for which both networks choose the same class.
  public internal(set) var sameClass = 0
  var ratio = SignalToNoise()

  /// The number of images whose class is known.
  public var labelledCount: Int { classes.values.reduce(0) { $0 + $1.imageCount } }
  public var int8Correct: Int { classes.values.reduce(0) { $0 + $1.int8Correct } }
  public var floatCorrect: Int { classes.values.reduce(0) { $0 + $1.floatCorrect } }

  /// The fraction of labelled images for which the int8 model chooses the right class; NaN where none is labelled.
  public var int8Accuracy: Double { Double(int8Correct) / Double(labelledCount) }
  /// The fraction of labelled images for which the float network chooses the right class; NaN where none is labelled.
  public var floatAccuracy: Double { Double(floatCorrect) / Double(labelledCount) }
  public var int8TopFiveAccuracy: Double { Double(int8TopFive) / Double(labelledCount) }
  public var floatTopFiveAccuracy: Double { Double(floatTopFive) / Double(labelledCount) }
  /// The fraction of images for which both networks choose the same class; NaN where no image was read.
  public var agreement: Double { Double(sameClass) / Double(imageCount) }
  /// The signal to quantization noise ratio (SQNR) of the logits, in decibels: 10 log10 of the float logits' energy
  /// over the energy of their difference from the int8 logits.
  public var signalToNoise: Double { ratio.decibels }

  public init() {}

  /// Counts an image that was read.
  ///
  /// - Parameters:
  ///   - int8: the model's logits.
  ///   - float: the float network's logits; nil without one.
  ///   - classIndex: the image's class; nil where it is not known.
  public mutating func add(int8: [Float], float: [Float]?, classIndex: Int?) {
    imageCount += 1
    if let float {
      if float.indexOfMaximum == int8.indexOfMaximum { sameClass += 1 }
      ratio.add(int8, reference: float)
    }
    guard let classIndex else { return }
    let ranks = (int8: int8.rank(of: classIndex), float: float?.rank(of: classIndex) ?? .max)
    classes[classIndex, default: ClassCounts()].imageCount += 1
    if ranks.int8 == 0 { classes[classIndex]!.int8Correct += 1 }
    if ranks.float == 0 { classes[classIndex]!.floatCorrect += 1 }
    if ranks.int8 < 5 { int8TopFive += 1 }
    if ranks.float < 5 { floatTopFive += 1 }
  }

  /// Counts an image that could not be read.
  public mutating func addSkipped() { skippedCount += 1 }

  public static func += (sums: inout EvaluationSums, other: EvaluationSums) {
    sums.imageCount += other.imageCount
    sums.skippedCount += other.skippedCount
    sums.int8TopFive += other.int8TopFive
    sums.floatTopFive += other.floatTopFive
    sums.sameClass += other.sameClass
    sums.ratio += other.ratio
    for (index, counts) in other.classes {
      sums.classes[index, default: ClassCounts()].imageCount += counts.imageCount
      sums.classes[index]!.int8Correct += counts.int8Correct
      sums.classes[index]!.floatCorrect += counts.floatCorrect
    }
  }
}

// MARK: Classes that changed

extension EvaluationSums {
  /// The classes for which int8 gives the most right answers beyond float's, the largest gain first. Of equals the class
  /// with the lower index comes first.
  public func gains(_ count: Int) -> [(index: Int, counts: ClassCounts)] { changes(count) { $0 } }

  /// The classes for which int8 loses the most of float's right answers, as `gains`.
  public func losses(_ count: Int) -> [(index: Int, counts: ClassCounts)] { changes(count) { -$0 } }

  private func changes(_ count: Int, _ sign: (Int) -> Int) -> [(index: Int, counts: ClassCounts)] {
    let changes = classes.map { (size: sign($1.int8Correct - $1.floatCorrect), index: $0, counts: $1) }
    let sorted = changes.filter { $0.size > 0 }.sorted { ($1.size, $0.index) < ($0.size, $1.index) }
    return sorted.prefix(count).map { ($0.index, $0.counts) }
  }
}
