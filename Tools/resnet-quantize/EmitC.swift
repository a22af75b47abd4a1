import ArgumentParser
import CResNetInt8
import Evaluation
import Platform
import ToolSupport

struct EmitC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emit-c",
    abstract: "Writes a model for firmware: its bytes, its memory and its classes, as assembly and C.",
    discussion: """
      resnet-quantize emit-c model.rn8 --output model

      The folder gets model.rn8, model_model.S, which places its bytes, model.h, model.c, a main.c to start from and \
      a CMakeLists.txt; and emit-c.txt, by which emit-c knows later what it may replace.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Folder to write: a new one, an empty one, or one that emit-c made.", valueName: "folder"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Memory for the network: smallest, recommended, fastest, or bytes.", valueName: "size|bytes"))
  var arena: ArenaArgument = .size(.smallest)

  @Option(help: "Kernels that the memory is counted for. A processor without an operating system has portable.")
  var kernels = "portable"

  func run() throws {
    let folder = try EmittedFolder(output)
    let name = try CIdentifier(ofModel: model)
    let model = try Int8Model(contentsOf: model)
    var info = model.info
    let status = resnet_int8_inspect_kernels(
      model.contents.bytes, model.byteCount, kernels, &info, MemoryLayout.size(ofValue: info))
    guard status == RESNET_INT8_OK else {
      throw Refusal(
        "--kernels \(kernels): no kernels of that name are in this library; give one of "
          + Int8Network.kernelSets.map(\.name).joined(separator: ", "))
    }
    let arenaBytes = arena.byteCount(info)
    guard arenaBytes >= info.smallest_arena else {
      throw Refusal(
        "--arena \(arenaBytes): \(model.path) takes at least \(info.smallest_arena) bytes; give as many, or smallest")
    }
    let emitted = EmittedModel(
      name: name.text, info: info, modelBytes: model.byteCount, labels: model.labels, arenaBytes: arenaBytes)
    try folder.write(
      [("\(name.text).rn8", Array(UnsafeRawBufferPointer(start: model.contents.bytes, count: model.byteCount)))]
        + emitted.texts.map { ($0.name, Array($0.text.utf8)) })
    print(
      "\(output): \(name.text)_open in \(name.text).h, \(Summary.size(model.byteCount)) model, "
        + "\(Summary.size(arenaBytes)) arena".message)
  }
}

/// The argument "smallest" is a size that the model has, and "65536" a number of bytes.
enum ArenaArgument: ExpressibleByArgument {
  case size(Int8Network.ArenaSize)
  case bytes(Int)

  var defaultValueDescription: String {
    switch self {
    case .size(let size): size.rawValue
    case .bytes(let bytes): "\(bytes)"
    }
  }

  init?(argument: String) {
    if let size = Int8Network.ArenaSize(rawValue: argument) {
      self = .size(size)
    } else if let bytes = Int(argument), bytes >= 0 {
      self = .bytes(bytes)
    } else {
      return nil
    }
  }

  func byteCount(_ info: resnet_int8_info) -> Int {
    switch self {
    case .size(let size): size.byteCount(info)
    case .bytes(let bytes): bytes
    }
  }
}
