import Foundation

/// Runs the built tools as a user does.
enum Command {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  /// The folder of the tools. The build puts them beside the test bundle.
  static let folder: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    // On macOS the program lies inside a .xctest bundle, below the tools' folder.
    while folder.path != "/" {
      if FileManager.default.isExecutableFile(atPath: folder.appending(path: "resnet-quantize").path) { return folder }
      folder.deleteLastPathComponent()
    }
    fatalError("there is no resnet-quantize beside \(CommandLine.arguments[0])")
  }()

  static func path(of tool: String) -> String { folder.appending(path: tool).path }

  /// Runs a tool in `folder`, from which relative paths lead. Neither of its output streams is a terminal.
  ///
  /// - Parameter preparation: shell commands before it, such as `ulimit -f 8`.
  static func run(
    _ arguments: [String], of tool: String = "resnet-quantize", in folder: TemporaryFolder,
    after preparation: String = ":"
  ) throws -> Outcome {
    try run(
      ["-c", "\(preparation) && exec \"$0\" \"$@\"", path(of: tool)] + arguments, ofProgram: "/bin/sh", in: folder)
  }

  static func run(_ arguments: [String], ofProgram program: String, in folder: TemporaryFolder) throws -> Outcome {
    // The streams are files, since a pipe that nobody empties would stop the process.
    let streams = [UUID(), UUID()].map { URL(fileURLWithPath: "\(folder.path).\($0)") }
    defer { for stream in streams { try? FileManager.default.removeItem(at: stream) } }
    for stream in streams { try Data().write(to: stream) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: streams[0])
    process.standardError = try FileHandle(forWritingTo: streams[1])
    try process.run()
    process.waitUntilExit()
    return Outcome(
      // A crash becomes a negative status, which no test expects.
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOf: streams[0], encoding: .utf8),
      errors: try String(contentsOf: streams[1], encoding: .utf8))
  }
}

/// A folder that lasts as long as its test.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appending(path: "resnet-int8-\(UUID())")
  var path: String { url.path }

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  subscript(_ name: String) -> URL { url.appending(path: name) }

  /// The paths of everything in the folder, subfolders included.
  var contents: Set<String> {
    get throws { Set(try FileManager.default.subpathsOfDirectory(atPath: path)) }
  }

  @discardableResult
  func write(_ data: Data, to name: String) throws -> String {
    let file = self[name]
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
    return name
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

  func read(_ name: String) throws -> Data { try Data(contentsOf: self[name]) }

  func run(_ arguments: String...) throws -> Command.Outcome { try Command.run(arguments, in: self) }
  func run(_ arguments: [String]) throws -> Command.Outcome { try Command.run(arguments, in: self) }
}
