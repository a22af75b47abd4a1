import Analysis
import Evaluation
import Images
import Platform
import ToolSupport

/// The pictures whose class float and int8 do not agree on.
struct PictureSection {
  let model: Int8Model
  let analysis: Analysis
  /// The path of the folder of pictures, with a slash.
  let folder: String
  /// The path and the pixels of each picture, as the network gets it.
  let pictures: [(path: String, image: Image)]

  /// The most pictures that are shown.
  private static let mostShown = 12

  var html: HTML {
    let changed = pictures.indices.filter {
      analysis.floatLogits[$0].indexOfMaximum != analysis.int8Logits[$0].indexOfMaximum
    }
    let shown = changed.prefix(Self.mostShown)
    let words: HTML =
      changed.isEmpty
      ? "<p>None of \(counted(pictures.count, "picture")) changed its class from float to int8.</p>"
      : """
      <p>Float and int8 choose different classes for \(changed.count) of \(counted(pictures.count, "picture")).\
      \(shown.count < changed.count ? " The first \(shown.count) are shown." : "") They are shown as the network gets them.</p>
      """
    return .section(
      "Pictures that changed class", id: "pictures", "\(words)\n<div class=\"grid\">\(shown.map(card))</div>")
  }

  private func card(_ index: Int) -> HTML {
    let picture = pictures[index]
    let name = picture.path.hasPrefix(folder) ? String(picture.path.dropFirst(folder.count)) : picture.path
    let data = Data(picture.image.png).base64EncodedString()
    // Base64 is longer than what is shown of foreign text, and has nothing to escape.
    let source = HTML(stringLiteral: "data:image/png;base64,\(data)")
    return """
      <figure><h3>\(name)</h3>
      <div class="picture"><img src="\(source)" alt="\(name)" width="\(picture.image.width)" \
      height="\(picture.image.height)">
      <div><strong>float</strong>\(likeliest(analysis.floatLogits[index]))</div>
      <div><strong>int8</strong>\(likeliest(analysis.int8Logits[index]))</div></div></figure>

      """
  }

  private func likeliest(_ logits: [Float]) -> HTML {
    let items = logits.likeliest(5).map { index, probability in
      let name = model.labels.isEmpty ? "class \(index)" : model.labels[index]
      return "<li>\(name) \((100 * probability).formatted(decimals: 1)) %</li>" as HTML
    }
    return "<ol>\(items)</ol>"
  }
}
