import Foundation
import Testing

/// Tests the files that the tools write: refused before work begins where they cannot be written or are an input, and
/// otherwise whole or not at all.
@Suite struct OutputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// An option that names an output, with the command line before it. The commands would fail at their inputs if they
  /// came to read them.
  struct Output: CustomTestStringConvertible, Sendable {
    let tool: String
    let arguments: [String]

    var testDescription: String { "\(tool) \(arguments.joined(separator: " "))" }

    static let all = [
      Output(tool: "resnet-quantize", arguments: ["input", "--calibration", "pictures", "--output"]),
      Output(tool: "resnet-quantize", arguments: ["evaluate", "input", "--images", "pictures", "--logits"]),
      Output(tool: "resnet-quantize", arguments: ["evaluate", "input", "--images", "pictures", "--sums"]),
      Output(tool: "resnet-bench", arguments: ["input", "--json"]),
      Output(tool: "resnet-bench", arguments: ["input", "--plot"]),
    ]
  }

  @Test(arguments: Output.all)
  func isRefusedBeforeWorkBegins(_ output: Output) throws {
    try folder.write("no model and no checkpoint", to: "input")
    try folder.addImages(["grey.jpg"], to: "pictures")
    try #require(symlink("input", folder["link"].path) == 0)
    try #require(link(folder["input"].path, folder["hard"].path) == 0)
    try #require(symlink("nowhere", folder["dangling"].path) == 0)
    func expectRefusal(_ path: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
      try folder.expectRefusal(
        of: output.tool, output.arguments + [path], status: 1, ["Error: \(path)\(message)"],
        sourceLocation: sourceLocation)
    }
    for path in ["input", "./input", "link", "hard"] {
      try expectRefusal(path, ": would overwrite input, which is read; give another name\n")
    }
    if output.tool == "resnet-quantize" {
      try expectRefusal("pictures/grey.jpg", ": would overwrite pictures/grey.jpg, which is read; give another name\n")
    }
    try expectRefusal("none/file", ": there is no folder none; make it first\n")
    try expectRefusal("pictures", ": a folder; give the name of a file in it\n")
    try expectRefusal("/dev/null", ": not an ordinary file, and would be replaced by one; give another name\n")
    try expectRefusal("dangling", ": a link to a file that does not exist; give that file's name, or remove the link\n")
    try expectRefusal("/dev/stdout", ": would replace the file that messages go to; give another name\n")
    try expectRefusal(String(repeating: "a", count: 256), ": cannot be written: File name too long\n")
    // The superuser may write in every folder, but there are no new files in /proc.
    try expectRefusal("/proc/file", ": cannot be written: ")
  }

  @Test(arguments: ["--labels", "--checkpoint"])
  func isRefusedWhereItIsAnOptionalInput(_ option: String) throws {
    try folder.write("text", to: "text")
    try folder.addImages(["grey.jpg"], to: "pictures")
    let command =
      option == "--labels"
      ? ["none.pth", "--calibration", "pictures", "--output"]
      : ["evaluate", "none.rn8", "--images", "pictures", "--logits"]
    try folder.expectRefusal(
      command + ["text", option, "text"], status: 1, ["Error: text: would overwrite text, which is read"],
      sourceLocation: #_sourceLocation)
  }

  @Test func existingOutputStays() throws {
    try folder.write("precious", to: "model.rn8")
    var arguments = try folder.quantization()
    arguments[0] = "none.pth"
    try folder.expectRefusal(arguments, status: 1, ["none.pth: no such file"], sourceLocation: #_sourceLocation)
    #expect(try folder.read("model.rn8") == Data("precious".utf8))
  }

  /// The model is larger than files may be: 4 blocks of 512 bytes, or of 1,024 in some shells.
  @Test func fileSizeLimit() throws {
    try folder.write("precious", to: "model.rn8")
    try folder.expectRefusal(
      folder.quantization(), after: "ulimit -f 4", status: 1, ["Error: model.rn8: cannot be written: File too large\n"],
      sourceLocation: #_sourceLocation)
    #expect(try folder.read("model.rn8") == Data("precious".utf8))
  }

  /// Tells whether this user may mount a file system, if only where nobody else sees it.
  static let mayMount = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    process.standardError = FileHandle.nullDevice
    return (try? process.run()) != nil
      && {
        process.waitUntilExit()
        return process.terminationStatus == 0
      }()
  }()

  @Test(.enabled(if: mayMount, "skipped: no file system can be mounted"))
  func fullDisk() throws {
    try FileManager.default.createDirectory(at: folder["disk"], withIntermediateDirectories: false)
    let tool = Command.path(of: "resnet-quantize")
    let script = """
      mount -t tmpfs -o size=16k tmpfs disk && echo old > disk/model.rn8
      "$0" "$@"; echo $? $(ls disk) $(cat disk/model.rn8)
      """
    let outcome = try Command.run(
      ["--mount", "--map-root-user", "sh", "-c", script, tool]
        + folder.quantization(["--output", "disk/model.rn8"]), ofProgram: "/usr/bin/unshare", in: folder)
    #expect(outcome.output == "1 model.rn8 old\n")
    #expect(outcome.errors == "Error: disk/model.rn8: cannot be written: No space left on device\n")
  }
}
