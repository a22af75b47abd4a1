import ArgumentParser
import Evaluation
import Images
import Platform
import ToolSupport

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints the five likeliest classes of each JPEG.")

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "JPEG files.")
  var images: [String]

  @OptionGroup var pictures: PictureFlags

  func run() throws {
    let model = try Int8Model(contentsOf: model)
    let labels = Array(model.labels)
    let network = Int8Network(model)
    var failures = 0
    for path in images {
      let image: Image
      do {
        image = try Image(jpeg: path, channels: Int(model.info.input_channels), pixelLimit: pictures.pixelLimit)
      } catch {
        warn("\(error)")
        failures += 1
        continue
      }
      let logits = network.run(model.preprocessing(image).pixels)
      let largest = logits.max()!
      let total = logits.reduce(0) { $0 + exp(Double($1 - largest)) }
      print(path)
      for index in logits.indices.sorted(by: { (logits[$1], $0) < (logits[$0], $1) }).prefix(5) {
        let probability = 100 * exp(Double(logits[index] - largest)) / total
        let name = labels.isEmpty ? "class \(index)" : labels[index]
        print("  \(probability.formatted(decimals: 2).aligned(6)) %  \(name)")
      }
    }
    if failures > 0 { throw ExitCode.failure }
  }
}
