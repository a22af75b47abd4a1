import ArgumentParser
import CResNetInt8
import ResNetInt8

/// The library's, which this tool contains.
private let version = {
  let version = resnet_int8_version()
  return "\(version >> 16).\(version >> 8 & 255).\(version & 255)"
}()

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
    version: version,
    subcommands: [Quantize.self, Evaluate.self, Classify.self, Inspect.self],
    defaultSubcommand: Quantize.self)
}
