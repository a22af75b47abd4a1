import Evaluation
import Graphs
import Images
import ToolSupport

/// The comparison with the logits that the owner's own program computed.
struct ReferenceCheck {
  private let path: String
  private let entries: [ImageFolder.Entry]
  private let logits: ReferenceLogits

  /// - Parameter entries: the images, of which the reference has a row each.
  init(of path: String, entries: [ImageFolder.Entry], outputCount: Int) throws {
    self.path = path
    self.entries = entries
    logits = try ReferenceLogits(contentsOf: path, imageCount: entries.count, classCount: outputCount)
  }

  /// Prints how far both networks are from the reference. Throws where the float network is not the reference's.
  ///
  /// - Parameter graph: the float network's.
  func check(_ evaluation: Evaluation, of graph: Graph, in folder: ImageFolder) throws {
    guard evaluation.skipped.isEmpty else {
      throw Refusal(
        "\(folder.path): the reference has a row for each image, and some were skipped; take those out of both")
    }
    let (float, int8) = (
      logits.compared(with: evaluation.floatLogits), logits.compared(with: evaluation.int8Logits)
    )
    print("float against reference  \(comparison(float))")
    print("int8 against reference   \(comparison(int8))")
    let tolerance = 1e-3
    guard float.largestDifference <= tolerance else {
      let (expected, found) = (
        logits.rows[float.row][float.column], evaluation.floatLogits[float.row][float.column]
      )
      throw Refusal(
        "\(entries[float.row].path), output \(float.column): \(found), and \(expected) in \(path). That is no"
          + " rounding: the network was misread, or its pictures are prepared otherwise. It was read as \(graph.reading!);"
          + " the options of quantize and evaluate change what was assumed")
    }
  }

  private func comparison(_ comparison: ReferenceLogits.Comparison) -> String {
    "\(decibels(comparison.signalToNoise)), same class \(percent(comparison.agreement)), largest difference "
      + "\((100 * comparison.largestDifference).formatted(decimals: 5)) % of the largest logit"
  }
}
