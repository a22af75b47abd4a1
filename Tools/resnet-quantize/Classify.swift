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
      print(path.printable)
      for (index, probability) in logits.likeliest(5) {
        let name = labels.isEmpty ? "class \(index)" : labels[index].printable
        print("  \((100 * probability).formatted(decimals: 2).aligned(6)) %  \(name)")
      }
    }
    if failures > 0 { throw ExitCode.failure }
  }
}

extension [Float] {
  /// The classes of the largest logits, the likeliest first, with their probabilities.
  func likeliest(_ count: Int) -> [(index: Int, probability: Double)] {
    let largest = self.max()!
    let total = reduce(0) { $0 + exp(Double($1 - largest)) }
    let sorted = indices.sorted { (self[$1], $0) < (self[$0], $1) }
    return sorted.prefix(count).map { ($0, exp(Double(self[$0] - largest)) / total) }
  }
}
