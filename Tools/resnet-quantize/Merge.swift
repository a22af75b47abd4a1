import ArgumentParser
import Evaluation
import ToolSupport

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds up what evaluate --shard --sums wrote, and prints what evaluate prints for all pictures.",
    discussion: """
      resnet-quantize evaluate model.rn8 --images test --checkpoint model.pth --shard 1/2 --sums 1.json
      resnet-quantize evaluate model.rn8 --images test --checkpoint model.pth --shard 2/2 --sums 2.json
      resnet-quantize merge 1.json 2.json

      The files may come in any order. The numbers are those of one evaluation of all pictures, to the last digit.
      """)

  @Argument(help: "The files of all shards.")
  var files: [String]

  func run() throws {
    let merged = try ShardSums.merged(files.map { ($0, try ShardSums(contentsOf: $0)) })
    guard merged.sums.imageCount > 0 else {
      throw Refusal(
        "\(files.joined(separator: ", ")): none of the \(merged.sums.skippedCount) images could be read; evaluate intact "
          + "JPEGs or PNGs")
    }
    for line in EvaluationReport(merged).lines { print(line) }
  }
}
