import ArgumentParser
import FloatRuntime
import Graphs
import Images
import Platform
import Preparation
import Pretrained
import ToolSupport

/// The options for what a network's input is: its size, how pictures become it, and how its numbers are normalized.
struct InputFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Pixels of the network's input: one number for a square, or HEIGHTxWIDTH (default: as configured, or that of the "
        + "pictures where the first kernel is 3x3 and all have one size, else 224).", valueName: "pixels"))
  var inputSize: InputSize?

  @OptionGroup var preparation: PreparationFlags

  @Option(
    parsing: .unconditional,
    help: "Mean of each channel, of pixels scaled to 0...1 (default: as configured, else 0.485,0.456,0.406).")
  var mean: ChannelValues?

  @Option(
    parsing: .unconditional,
    help: "Standard deviation of each channel (default: as configured, else 0.229,0.224,0.225).")
  var std: ChannelValues?

  func validate() throws {
    if let mean, !mean.values.allSatisfy(Normalization.means.contains) {
      throw ValidationError("--mean: means are of pixels scaled to 0...1; divide those of bytes by 255")
    }
    if let std, !std.values.allSatisfy(Normalization.standardDeviations.contains) {
      throw ValidationError(
        "--std: standard deviations are of pixels scaled to 0...1, and lie in \(Normalization.standardDeviations)")
    }
  }

  /// Returns how pictures become the input of a network, and the words for it.
  ///
  /// - Parameter pictures: the pictures whose size the input may have.
  func preparation(
    of graph: Graph, _ configuration: Configuration, checkpoint: String, _ pictures: PicturesOfOneSize
  ) throws -> (preparation: Preparation, description: String) {
    let (size, source) = try size(of: graph, configuration, checkpoint: checkpoint, pictures)
    let preparation = try preparation.preparation(for: size, standard: configuration.preparation)
    return (preparation, "input \(size.height)x\(size.width) (\(source)) of pictures \(preparation.words)")
  }

  private func size(
    of graph: Graph, _ configuration: Configuration, checkpoint: String, _ pictures: PicturesOfOneSize
  ) throws -> (InputSize, source: String) {
    if let inputSize { return (inputSize, "told") }
    if let configured = configuration.preparation {
      return (InputSize(height: configured.inputHeight, width: configured.inputWidth), "configured")
    }
    guard graph.reading!.hasSmallStem else { return (InputSize(height: 224, width: 224), "assumed") }
    do throws(PicturesOfOneSize.Difference) {
      return (try pictures.size(), "that of the pictures")
    } catch {
      throw Refusal(
        "\(checkpoint): a first kernel of 3x3 does not tell the input's size, and the pictures have several "
          + "(\(error.description)); give --input-size")
    }
  }

  /// - Parameter checkpoint: its path, for messages.
  func normalization(of graph: Graph, _ configuration: Configuration, checkpoint: String) throws -> Normalization {
    let standard = Normalization.imageNet
    func values(
      _ option: ChannelValues?, _ name: String, _ configured: [Float]?, _ allowed: ClosedRange<Float>,
      _ standard: [Float]
    ) throws -> [Float] {
      if let option {
        guard option.values.count == graph.inputChannels else {
          throw Refusal(
            "\(name): \(option.values.count) values for the \(graph.inputChannels) channels that \(checkpoint) takes; "
              + "give one a channel, separated by commas")
        }
        return option.values
      }
      if let configured {
        guard configured.count == graph.inputChannels, configured.allSatisfy(allowed.contains) else {
          throw Refusal(
            "\(checkpoint): its configuration has \(configured.count) values \("\(configured)".printable) for \(name) of "
              + "\(graph.inputChannels) channels; give \(name)")
        }
        return configured
      }
      // A grey network gets the mean of the three numbers.
      return graph.inputChannels == 3
        ? standard : [Float](repeating: standard.reduce(0, +) / 3, count: graph.inputChannels)
    }
    return Normalization(
      mean: try values(mean, "--mean", configuration.mean, Normalization.means, standard.mean),
      std: try values(std, "--std", configuration.std, Normalization.standardDeviations, standard.std))
  }
}

/// Pictures that may all have one size.
struct PicturesOfOneSize {
  let entries: [ImageFolder.Entry]
  let pixelLimit: Int

  /// Two pictures whose sizes differ, in words.
  struct Difference: Error {
    let description: String
  }

  /// Returns the size of all pictures that have one; 224x224 where none has.
  func size() throws(Difference) -> InputSize {
    var first: (path: String, size: InputSize)?
    for entry in entries {
      // Calibration says why a picture cannot be read.
      guard let (height, width) = try? Image.size(ofFile: entry.path, pixelLimit: pixelLimit) else { continue }
      guard let (path, size) = first else {
        first = (entry.path, InputSize(height: height, width: width))
        continue
      }
      guard (height, width) == (size.height, size.width) else {
        throw Difference(description: "\(path): \(size.height)x\(size.width), \(entry.path): \(height)x\(width)")
      }
    }
    return first?.size ?? InputSize(height: 224, width: 224)
  }
}
