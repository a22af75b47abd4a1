import Foundation
import TestSupport
import Testing

#if os(Linux)
  private let canLimitMemory = true
#else
  private let canLimitMemory = false
#endif

/// What a checkpoint may cost `resnet-quantize inspect`, whoever wrote it.
@Suite(.serialized, .enabled(if: canLimitMemory, "skipped: no limit of address space here"))
struct HostileCheckpointTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A megabyte ends with one short message, within two seconds and 4 times the file's size plus 256 MB.
  @Test(arguments: HostileCheckpoint.all)
  func isRefusedInAScreen(_ checkpoint: HostileCheckpoint) throws {
    let path = try folder.write(checkpoint.file(1_000_000), to: "hostile.pth")
    let outcome = try inspect(path, kilobytes: Self.toolItself + 4 * 1_000 + 256_000)
    #expect(outcome.status == 1)
    #expect(outcome.seconds < 2)
    #expect(outcome.errors.unicodeScalars.count <= 1_000)
    #expect(outcome.errors.hasSuffix("\n"))
    #expect(!outcome.errors.dropLast().unicodeScalars.contains { $0.properties.generalCategory == .control })
  }

  /// Four times the bytes take at most five times the processor time. Times below 30 ms count as such: that is mostly the
  /// start of the program. A busy machine may need a second or third try. Memory: 8 MB and 128 bytes for each of the
  /// file's, that is 16 and 40 MB.
  @Test(arguments: HostileCheckpoint.all)
  func costGrowsAsTheFile(_ checkpoint: HostileCheckpoint) throws {
    for byteCount in [64_000, 256_000] { try folder.write(checkpoint.file(byteCount), to: String(byteCount)) }
    var ratio = Double.infinity
    for _ in 0..<3 where ratio > 5 {
      let seconds = try [64_000, 256_000].map { byteCount in
        let outcome = try inspect(String(byteCount), kilobytes: Self.toolItself + 8_000 + byteCount * 128 / 1_000)
        #expect(outcome.status == 1, "\(byteCount) bytes: \(outcome.errors.prefix(1_000))")
        return max(0.03, outcome.seconds)
      }
      ratio = seconds[1] / seconds[0]
    }
    #expect(ratio <= 5)
  }

  /// An optimizer's 256 MB beside the weights stay in the file.
  @Test func tensorsOfNoNetworkTakeNoMemory() throws {
    func legacy(optimizer count: Int32) -> Data {
      let tensors = [("k", 1), ("o", count)].map { Pickle.tensor(key: $0, count: $1, shape: [$1], strides: [1]) }
      let state = Pickle.of("}", Pickle.text("a"), tensors[0], "s")
      let optimizer = Pickle.of("}", Pickle.text("a"), tensors[1], "s")
      let storage = CheckpointBytes.littleEndian(UInt64(1)) + Data(count: 4)
      return CheckpointBytes.legacy(
        Pickle.of("}", Pickle.text("state_dict"), state, "s", Pickle.text("optimizer"), optimizer, "s"),
        keys: [Pickle.text("k"), Pickle.text("o")], storages: storage + CheckpointBytes.littleEndian(UInt64(count)))
    }
    let megabyteCounts: [Int] = try [1, 256].map { megabytes in
      let start = legacy(optimizer: Int32(megabytes << 18))
      try folder.write(start, to: "\(megabytes)")
      let file = try FileHandle(forWritingTo: folder["\(megabytes)"])
      try file.truncate(atOffset: UInt64(start.count + megabytes << 20))
      try file.close()
      let outcome = try inspect("\(megabytes)", kilobytes: 8_000_000)
      #expect(outcome.errors.contains("unknown architecture"), "\(outcome.errors)")
      return outcome.kilobytes / 1_000
    }
    #expect(megabyteCounts[1] - megabyteCounts[0] < 16)
  }

  // MARK: Running

  private struct Outcome {
    let status: Int32
    let errors: String
    /// The processor time, of user and system.
    let seconds: Double
    /// The most memory that it had.
    let kilobytes: Int
  }

  /// The kilobytes of address space that the tool takes for a file that costs nothing.
  private static let toolItself: Int = {
    let folder = try! TemporaryFolder()
    try! folder.write("no checkpoint", to: "text")
    return stride(from: 8_000, to: 4_000_000, by: 8_000).first {
      (try? inspect("text", kilobytes: $0, in: folder))?.status == 1
    }!
  }()

  private func inspect(_ name: String, kilobytes: Int) throws -> Outcome {
    try Self.inspect(name, kilobytes: kilobytes, in: folder)
  }

  /// Runs the tool within so many kilobytes of address space and ten seconds.
  private static func inspect(_ name: String, kilobytes: Int, in folder: TemporaryFolder) throws -> Outcome {
    let script = #"ulimit -v "$0" && ulimit -t 10 && ulimit -c 0 && exec "$1" inspect "$2" >"$3" 2>&1"#
    let tool = Command.folder.appending(path: "resnet-quantize").path
    let arguments = ["sh", "-c", script, String(kilobytes), tool, folder[name].path, folder["errors"].path]
    let strings = arguments.map { strdup($0) }
    defer { for string in strings { free(string) } }
    var process = pid_t()
    try #require(posix_spawn(&process, "/bin/sh", nil, nil, strings + [nil], [nil]) == 0)
    var status: Int32 = 0
    var usage = rusage()
    try #require(wait4(process, &status, 0, &usage) == process)
    return Outcome(
      status: status & 0x7F == 0 ? status >> 8 : -status,
      errors: String(decoding: try folder.read("errors"), as: UTF8.self),
      seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), kilobytes: usage.ru_maxrss)
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
}
