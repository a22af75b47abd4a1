import ArgumentParser
import ToolSupport

@main
struct ResNetQuantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resnet-quantize",
    abstract: "Turns a trained ResNet into an int8 model that a C program runs.",
    discussion: """
      resnet-quantize resnet50.pth --calibration photos --output resnet50.rn8
      resnet-quantize evaluate resnet50.rn8 --images validation --checkpoint resnet50.pth

      Exit status: 0 where all went well, 1 where an input was refused, 64 where the command line was.
      """,
    version: libraryVersion,
    subcommands: [
      Quantize.self, Evaluate.self, Merge.self, Analyze.self, Classify.self, Prepare.self, Inspect.self,
      EmitC.self,
    ],
    defaultSubcommand: Quantize.self)

  static func main() { runTool() }
}
