import Foundation
import ModelFormat
import Testing

/// Tests the files that `emit-c` makes of a model, and what it refuses. Tests/Embedded/firmware.sh compiles and runs them.
@Suite struct EmitCTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.addModel()
  }

  private static let ofModel: Set = [
    "CMakeLists.txt", "emit-c.txt", "main.c", "model.c", "model.h", "model.rn8", "model_model.S",
  ]

  private func emit(
    _ arguments: String..., from model: String = "model.rn8", to output: String = "out",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try folder.run(["emit-c", model, "--output", output] + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
  }

  private func expectRefusal(
    _ arguments: [String], status: Int32 = 1, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try folder.expectRefusal(["emit-c"] + arguments, status: status, [message], sourceLocation: sourceLocation)
  }

  private func names(in output: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder[output].path))
  }

  private func text(_ name: String) throws -> String { String(decoding: try folder.read(name), as: UTF8.self) }

  /// The value of a macro of `out/model.h`.
  private func macro(_ name: String) throws -> Int {
    let match = try text("out/model.h").firstMatch(of: try Regex("#define MODEL_\(name) ([0-9]+)\\b"))
    return try #require(match.flatMap { Int($0[1].substring ?? "") })
  }

  @Test func files() throws {
    try emit()
    #expect(try names(in: "out") == Self.ofModel)
    #expect(try folder.read("out/model.rn8") == folder.read("model.rn8"))
    #expect(try macro("INPUT_HEIGHT") == 18)
    #expect(try macro("INPUT_WIDTH") == 18)
    #expect(try macro("INPUT_CHANNELS") == 3)
    #expect(try macro("INPUT_BYTES") == 18 * 18 * 3)
    #expect(try macro("CLASS_COUNT") == 10)
    #expect(try macro("MODEL_BYTES") == folder.read("model.rn8").count)
    #expect(try text("out/model.h").contains("resnet_int8_status model_open(resnet_int8 **network);"))
    #expect(try text("out/model_model.S").contains(".balign 64\n"))
    #expect(try text("out/model_model.S").contains(".incbin \"model.rn8\"\n"))
    #expect(try !text("out/model.h").contains("_classes"))
    #expect(try !text("out/model.c").contains("_classes"))
  }

  @Test func bytesAfterTheModel() throws {
    try folder.write(folder.read("model.rn8") + Data(count: 100), to: "padded.rn8")
    try emit(from: "padded.rn8")
    #expect(try folder.read("out/padded.rn8") == folder.read("model.rn8"))
  }

  /// Names hold what C would read otherwise: quotes, backslashes, trigraphs, and a digit after a byte in octal.
  @Test func classNames() throws {
    let labels = ["a \"b\"", "c\\n", "??=", "é0", "%d", "*/", "7", "8", "9", "10"]
    try folder.write(labels.joined(separator: "\n"), to: "labels.txt")
    try folder.addModel(["--labels", "labels.txt"])
    try emit()
    let literals = [#""a \"b\"""#, #""c\\n""#, #""\?\?=""#, #""\303\2510""#, #""%d""#, #""*/""#]
    for literal in literals { #expect(try text("out/model.c").contains("    \(literal),\n"), "\(literal)") }
    #expect(try text("out/model.h").contains("extern const char *const model_classes[MODEL_CLASS_COUNT];"))
    #expect(try text("out/main.c").contains("board_print(model_classes[likeliest])"))
  }

  @Test func arena() throws {
    try emit()
    let smallest = try macro("ARENA_BYTES")
    #expect(try macro("ARENA_ALIGNMENT") == 64)
    var sizes: [Int] = []
    for size in ["smallest", "recommended", "fastest"] {
      try emit("--arena", size)
      sizes.append(try macro("ARENA_BYTES"))
    }
    #expect(sizes[0] == smallest)
    #expect(sizes[0] < sizes[1] && sizes[1] <= sizes[2])
    for bytes in [smallest, smallest + 1, 100_000] {
      try emit("--arena", "\(bytes)")
      #expect(try macro("ARENA_BYTES") == bytes)
    }
    try expectRefusal(
      ["model.rn8", "--output", "out", "--arena", "\(smallest - 1)"],
      "Error: --arena \(smallest - 1): model.rn8 takes at least \(smallest) bytes; give as many, or smallest\n")
    for wrong in ["large", "1k", "0x10", ""] {
      try expectRefusal(
        ["model.rn8", "--output", "out", "--arena", wrong], status: 64, "'\(wrong)' is invalid for '--arena")
    }
  }

  @Test func kernels() throws {
    try emit("--arena", "recommended")
    let portable = try macro("ARENA_BYTES")
    try emit("--arena", "recommended", "--kernels", "portable")
    #expect(try macro("ARENA_BYTES") == portable)
    try expectRefusal(
      ["model.rn8", "--output", "out", "--kernels", "mmx"],
      "Error: --kernels mmx: no kernels of that name are in this library; give one of ")
  }

  @Test(arguments: [
    ("resnet20-v1.5.rn8", "resnet20_v1_5"), ("18.rn8", "model_18"), ("a b__c-.rn8", "a_b_c"), ("模型.rn8", "model"),
    ("plain", "plain"), (".rn8", "model"), ("int.rn8", "int"),
  ])
  func identifiers(_ file: String, _ name: String) throws {
    try folder.write(folder.read("model.rn8"), to: "models/\(file)")
    try emit(from: "models/\(file)")
    #expect(try names(in: "out").contains("\(name)_model.S"))
    #expect(try text("out/\(name).h").contains("\(name)_open(resnet_int8 **network);"))
  }

  @Test(arguments: ["main", "resnet_int8", "String", "stdint"])
  func takenNames(_ name: String) throws {
    try folder.write(folder.read("model.rn8"), to: "\(name).rn8")
    try expectRefusal(
      ["\(name).rn8", "--output", "out"],
      "Error: \(name).rn8: its files would be \(name).h and \(name).c, which mean others; rename the model\n")
  }

  @Test func anEmptyFolderAndItsOwn() throws {
    try FileManager.default.createDirectory(at: folder["out"], withIntermediateDirectories: false)
    try emit(to: "out/")
    try folder.write(folder.read("model.rn8"), to: "other.rn8")
    try FileManager.default.removeItem(at: folder["out/main.c"])
    try emit(from: "other.rn8")
    // Those of the former model are gone.
    let ofOther: Set = [
      "CMakeLists.txt", "emit-c.txt", "main.c", "other.c", "other.h", "other.rn8", "other_model.S",
    ]
    #expect(try names(in: "out") == ofOther)
    try emit(from: "out/other.rn8")
    #expect(try folder.read("out/other.rn8") == folder.read("model.rn8"))
  }

  @Test func whatOthersWroteStays() throws {
    let arguments = ["model.rn8", "--output", "out"]
    try folder.write("mine", to: "out/notes.txt")
    try expectRefusal(
      arguments, "Error: out/notes.txt: emit-c did not make it; move it away, or give a new or an empty folder\n")
    try FileManager.default.removeItem(at: folder["out"])
    try emit()
    try folder.write("mine", to: "out/notes.txt")
    try expectRefusal(arguments, "Error: out/notes.txt: emit-c did not make it; ")
    try FileManager.default.removeItem(at: folder["out/notes.txt"])
    try folder.write(try text("out/main.c") + "\n", to: "out/main.c")
    try expectRefusal(
      arguments, "Error: out/main.c: has changed since emit-c made it; move it away, or give a new folder\n")
    #expect(try text("out/main.c").hasSuffix("\n\n"))
    // A list that somebody wrote is no list.
    try FileManager.default.removeItem(at: folder["out"])
    try folder.write("my list", to: "out/emit-c.txt")
    try expectRefusal(arguments, "Error: out/emit-c.txt: emit-c did not make it; ")
  }

  @Test func placesWithoutAFolder() throws {
    try folder.write("text", to: "file")
    try #require(symlink("nowhere", folder["dangling"].path) == 0)
    for (output, message) in [
      ("file", "a file, not a folder; give a new or an empty folder"),
      ("/dev/null", "a device, not a folder; give a new or an empty folder"),
      ("dangling", "a link to what does not exist; give a new or an empty folder, or remove the link"),
      ("none/out", "there is no folder none; make it first"),
      ("file/out", "cannot be written: Not a directory"),
    ] {
      try expectRefusal(["model.rn8", "--output", output], "Error: \(output): \(message)\n")
    }
    try expectRefusal(["model.rn8", "--output", ""], "Error: '': not the name of a folder; give one\n")
  }

  /// The model is larger than files may be: 4 blocks of 512 bytes, or of 1,024 in some shells.
  @Test func allFilesOrNone() throws {
    let arguments = ["emit-c", "model.rn8", "--output", "out"]
    func expectTooLarge() throws {
      try folder.expectRefusal(
        arguments, after: "ulimit -f 4", status: 1, ["Error: out/model.rn8: cannot be written: File too large\n"],
        sourceLocation: #_sourceLocation)
    }
    try expectTooLarge()
    try emit("--arena", "100000")
    let before = try Self.ofModel.map { try folder.read("out/\($0)") }
    try expectTooLarge()
    #expect(try Self.ofModel.map { try folder.read("out/\($0)") } == before)
  }
}
