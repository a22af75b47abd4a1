import ArgumentParser
import Evaluation
import Images
import Platform
import ToolSupport

struct Prepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a picture as the bytes that a model takes for it, to standard output.",
    discussion: """
      resnet-quantize prepare model.rn8 photo.jpg > photo.rgb

      The bytes are height x width x channels: rows from the top, pixels from the left, channels side by side. They are what
      resnet_int8_prepare makes of the decoded picture, and what resnet_int8_run takes.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "A JPEG or PNG file.")
  var image: String

  @OptionGroup var pictures: PictureFlags

  func run() throws {
    guard isatty(STDOUT_FILENO) == 0 else {
      throw Refusal("standard output is a terminal, which cannot show the bytes; send them to a file with >")
    }
    let model = try Int8Model(contentsOf: model)
    let (channels, preparation) = (try model.pictureChannels, try model.preparation)
    let image = try Image(contentsOf: image, channels: channels, pixelLimit: pictures.pixelLimit)
    try preparation(image).pixels.withUnsafeBytes { bytes in
      try write(bytes, to: STDOUT_FILENO, path: "standard output")
    }
  }
}
