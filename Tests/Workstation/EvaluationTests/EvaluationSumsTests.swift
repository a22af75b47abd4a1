import Evaluation
import TestSupport
import Testing

@Suite struct EvaluationSumsTests {
  private struct Outcome {
    let int8: [Float], float: [Float], classIndex: Int
  }

  /// Logits of `count` images, of 8 classes, with many ties. Int8's are close to float's.
  private func outcomes(_ count: Int) -> [Outcome] {
    var random = SeededGenerator(state: 1)
    return (0..<count).map { index in
      let float = random.floats(8, within: 3).map { $0.rounded() }
      let int8 = zip(float, random.floats(8, within: 1)).map { $0 + $1.rounded() / 2 }
      return Outcome(int8: int8, float: float, classIndex: index % 8)
    }
  }

  private func sums(_ outcomes: some Sequence<Outcome>) -> EvaluationSums {
    var sums = EvaluationSums()
    for outcome in outcomes { sums.add(int8: outcome.int8, float: outcome.float, classIndex: outcome.classIndex) }
    return sums
  }

  @Test func partsAddUpToTheWhole() {
    let outcomes = outcomes(1000)
    let whole = sums(outcomes)
    var random = SeededGenerator(state: 2)
    for count in [1, 2, 3, 7, 64, 999, 1000, 1001, 5000] {
      let parts = (1...count).map { sums(outcomes[Shard(number: $0, of: count)!.range(of: 1000)]) }
      var total = EvaluationSums()
      for part in parts.shuffled(using: &random) { total += part }
      #expect(total == whole, "\(count) shards")
      #expect(total.signalToNoise == whole.signalToNoise)
    }
    #expect(whole.labelledCount == 1000 && whole.signalToNoise > 0)
  }

  @Test func skippedImagesAddUp() {
    var (one, two) = (EvaluationSums(), EvaluationSums())
    one.addSkipped()
    for _ in 0..<2 { two.addSkipped() }
    one += two
    #expect(one.skippedCount == 3 && one.imageCount == 0)
  }

  /// Of equal logits, the class with the lower index comes first.
  @Test func topFive() {
    var sums = EvaluationSums()
    let tied: [Float] = [1, 1, 1, 1, 1, 1, 0]
    for index in 0..<7 { sums.add(int8: tied, float: [0, 1, 2, 3, 4, 5, 6], classIndex: index) }
    #expect(sums.int8TopFive == 5 && sums.int8Correct == 1)
    #expect(sums.classes.keys.filter { sums.classes[$0]!.int8Correct == 1 } == [0])
    #expect(sums.floatTopFive == 5 && sums.floatCorrect == 1 && sums.classes[6]!.floatCorrect == 1)
    #expect(sums.int8TopFiveAccuracy == 5.0 / 7)
    #expect(sums.floatTopFiveAccuracy == 5.0 / 7)
    sums.add(int8: tied, float: nil, classIndex: nil)
    #expect(sums.labelledCount == 7 && sums.imageCount == 8 && sums.int8TopFive == 5)
  }

  /// Each class is given by float's and int8's right answers.
  @Test func gainsAndLosses() {
    var sums = EvaluationSums()
    func images(_ classIndex: Int, float: Int, int8: Int) {
      let answers = (0..<6).map { index in
        (0..<6).map { Float($0 == index ? 1 : 0) }
      }
      let wrong = (classIndex + 1) % 6
      for image in 0..<10 {
        sums.add(
          int8: answers[image < int8 ? classIndex : wrong], float: answers[image < float ? classIndex : wrong],
          classIndex: classIndex)
      }
    }
    images(0, float: 5, int8: 6)
    images(1, float: 9, int8: 4)
    images(2, float: 7, int8: 7)
    images(3, float: 1, int8: 0)
    images(4, float: 2, int8: 4)
    images(5, float: 3, int8: 4)
    #expect(sums.gains(3).map(\.index) == [4, 0, 5] && sums.gains(2).map(\.index) == [4, 0])
    #expect(sums.losses(3).map(\.index) == [1, 3])
    let counts = sums.losses(1)[0].counts
    #expect(counts.floatCorrect == 9 && counts.int8Correct == 4 && counts.imageCount == 10)
  }
}
