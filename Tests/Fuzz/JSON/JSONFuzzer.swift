import Checkpoints
import Evaluation
import FuzzDriver
import JSON
import Platform
import Pretrained

@main enum JSONFuzzer {
  static func main() { exit(fuzz_main(CommandLine.argc, CommandLine.unsafeArgv)) }
}

/// Reads the bytes as JSON, and the JSON as the index of a network in shards, as both configurations of a network, and as the
/// sums of an evaluation. A refusal fits a screen.
@_cdecl("LLVMFuzzerTestOneInput")
public func readJSON(_ bytes: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  do {
    let value = try JSONValue(Array(UnsafeBufferPointer(start: bytes, count: size)), path: "fuzzed")
    var count = 0
    check(value, depth: 0, count: &count)
    precondition(count <= size, "\(count) values from \(size) bytes")
    checkIndex(value)
    checkConfiguration(value)
    checkSums(value)
  } catch {
    let place = error.place
    precondition(place.map { $0.line >= 1 && $0.column >= 1 && $0.line + $0.column <= size + 2 } ?? true, "\(error)")
    checkMessage(error.description)
  }
  return 0
}

private func check(_ value: JSONValue, depth: Int, count: inout Int) {
  count += 1
  precondition(depth <= JSONLimit.depth)
  switch value {
  case .null, .bool, .integer, .string: break
  case .number(let number): precondition(number.isFinite)
  case .array(let items): for item in items { check(item, depth: depth + 1, count: &count) }
  case .object(let object):
    for member in object.members {
      // Another member of the same name would be found in the place of one of them.
      precondition(object[member.name] == member.value)
      check(member.value, depth: depth + 1, count: &count)
    }
  }
}

private func checkIndex(_ value: JSONValue) {
  do {
    let shards = try ShardIndex(value, path: "fuzzed").shards
    precondition(!shards.isEmpty)
    for shard in shards {
      precondition(!shard.tensors.isEmpty && !shard.file.utf8.contains(UInt8(ascii: "/")) && shard.file != "..")
      precondition(shard.tensors.allSatisfy { $0.utf8.allSatisfy { 0x20..<0x7F ~= $0 } }, "a name that is not ASCII")
    }
  } catch {
    checkMessage(error.description)
  }
}

private func checkConfiguration(_ value: JSONValue) {
  do {
    let settings = try Settings(value, path: "fuzzed")
    let configuration = try Configuration(settings, processor: settings)
    guard let preparation = configuration.preparation else { return }
    precondition(1...65536 ~= preparation.inputHeight && 1...65536 ~= preparation.inputWidth)
  } catch {
    checkMessage("\(error)")
  }
}

/// What is read is written as it was, and merged without overflow.
private func checkSums(_ value: JSONValue) {
  do {
    let sums = try ShardSums(value, path: "fuzzed")
    let again = try ShardSums(JSONValue(Array(sums.json.utf8), path: "again"), path: "again")
    precondition(again == sums)
    if sums.shard.count == 1 { _ = try ShardSums.merged([("fuzzed", sums)]).sums.signalToNoise }
  } catch {
    checkMessage("\(error)")
  }
}

private func checkMessage(_ message: String) {
  precondition(message.unicodeScalars.count <= 1000, "a message of \(message.unicodeScalars.count) characters")
  precondition(!message.unicodeScalars.contains { $0.properties.generalCategory == .control }, "a control character")
}
