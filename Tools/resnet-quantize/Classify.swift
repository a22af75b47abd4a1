import ArgumentParser
import Evaluation
import Images
import Platform
import ToolSupport

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints the five likeliest classes of each picture.")

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "JPEG or PNG files.")
  var images: [String]

  @OptionGroup var pictures: PictureFlags

  func run() throws {
    let model = try Int8Model(contentsOf: model)
    let labels = Array(model.labels)
    let (channels, preparation) = (try model.pictureChannels, try model.preparation)
    let network = Int8Network(model)
    var failures = 0
    for path in images {
      let image: Image
      do {
        image = try Image(contentsOf: path, channels: channels, pixelLimit: pictures.pixelLimit)
      } catch {
        warn("\(error)")
        failures += 1
        continue
      }
      let logits = network.run(preparation(image).pixels)
      guard logits.allSatisfy(\.isFinite) else {
        throw Refusal("\(self.model): its logits are not finite; make it again with resnet-quantize")
      }
      let largest = logits.max()!
      let total = logits.reduce(0) { $0 + exp(Double($1 - largest)) }
      print(path.printable)
      for index in logits.indices.sorted(by: { (logits[$1], $0) < (logits[$0], $1) }).prefix(5) {
        let probability = 100 * exp(Double(logits[index] - largest)) / total
        let name = labels.isEmpty ? "class \(index)" : labels[index].printable
        print("  \(probability.formatted(decimals: 2).aligned(6)) %  \(name)")
      }
    }
    if failures > 0 { throw ExitCode.failure }
  }
}
