import Analysis
import Evaluation
import Images
import ToolSupport

/// The report of `analyze`, as one HTML file.
struct AnalysisPage {
  let model: Int8Model
  let analysis: Analysis
  let sums: EvaluationSums
  /// The path of the folder of pictures, and that of the checkpoint.
  let images: String
  let checkpoint: String
  /// The path and the pixels of each picture, as the network gets it.
  let pictures: [(path: String, image: Image)]
  let time: TimeSection?

  var bytes: [UInt8] {
    let sections = [
      SummarySection(model: model, analysis: analysis, sums: sums, images: images, checkpoint: checkpoint).html,
      LayerSection(analysis: analysis).html, HistogramSection(analysis: analysis).html,
      WeightSection(analysis: analysis).html,
      PictureSection(model: model, analysis: analysis, folder: images + "/", pictures: pictures).html,
      MemorySection(model: model).html,
      time?.html ?? .empty,
    ]
    return Array(Page.html(title: "\(model.name.printable), layer by layer", sections).text.utf8)
  }
}
