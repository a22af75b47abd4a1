import Evaluation
import Platform
import ToolSupport

/// What `evaluate` and `merge` print: a line a number, those of the float network only where there is one.
struct EvaluationReport {
  let sums: EvaluationSums
  /// The number of the model's outputs.
  let outputCount: Int
  let hasFloat: Bool
  /// The names of the classes that `sums` counts, by their index.
  let classNames: [Int: String]

  init(_ sums: ShardSums) {
    self.sums = sums.sums
    outputCount = sums.subject.outputCount
    hasFloat = sums.subject.checkpoint != nil
    classNames = sums.classNames
  }

  /// The most classes that are named as gaining, and as losing.
  private static let namedClasses = 3

  var lines: [String] {
    [line("images", "\(sums.imageCount)")]
      + (sums.skippedCount > 0 ? [line("skipped", "\(sums.skippedCount)")] : [])
      + (sums.labelledCount > 0 ? accuracies : []) + (hasFloat && sums.imageCount > 0 ? closeness : [])
  }

  /// Right answers. Among five classes or fewer, the class is always one of the five likeliest.
  private var accuracies: [String] {
    let hasTopFive = outputCount > 5
    let float =
      [line("float top-1", percent(sums.floatAccuracy))]
      + (hasTopFive ? [line("float top-5", percent(sums.floatTopFiveAccuracy))] : [])
    let int8 =
      [line("int8 top-1", percent(sums.int8Accuracy))]
      + (hasTopFive ? [line("int8 top-5", percent(sums.int8TopFiveAccuracy))] : [])
    return (hasFloat ? float : []) + int8
  }

  private var closeness: [String] {
    [line("same class", percent(sums.agreement)), line("logit SQNR", decibels(sums.signalToNoise))]
      + sums.losses(Self.namedClasses).map { line("lost", $0) }
      + sums.gains(Self.namedClasses).map { line("gained", $0) }
  }

  private func line(_ title: String, _ change: (index: Int, counts: EvaluationSums.ClassCounts)) -> String {
    let counts = change.counts
    return line(
      title,
      "\(classNames[change.index]!.printable): \(counts.floatCorrect) -> \(counts.int8Correct) of \(counts.imageCount)")
  }

  private func line(_ title: String, _ value: String) -> String { title.padded(14) + value }
}
