import JSON
import Platform

extension ShardSums {
  /// Reads what `json` wrote.
  ///
  /// - Throws: `EvaluationError` where the file is missing, is none of sums, is damaged, or was written by a later version.
  public init(contentsOf path: String) throws(EvaluationError) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(contentsOf: path)
    } catch {
      throw EvaluationError("\(path): \(error.finding); give files that evaluate --sums wrote, whole")
    }
    try self.init(value, path: path)
  }

  /// Reads the JSON of a file, as `init(contentsOf:)` does. `path` names the file in messages.
  package init(_ value: JSONValue, path: String) throws(EvaluationError) {
    guard case .object(let object) = value, object["format"] == .string(Self.format),
      case .integer(let version)? = object["version"], version >= Self.formatVersion
    else {
      throw EvaluationError("\(path): not the sums of an evaluation; give files that evaluate --sums wrote")
    }
    guard version == Self.formatVersion else {
      throw EvaluationError("\(path): sums of a later version of resnet-int8; merge them with that version")
    }
    do throws(Damage) {
      try self.init(SumsMembers(object: object, place: ""))
    } catch {
      throw EvaluationError("\(path): \(error.found); the file is damaged: evaluate its shard again")
    }
  }

  private init(_ members: SumsMembers) throws(Damage) {
    let imageCount = try members.count("image_count", 1...SumsMembers.largest)
    let outputCount = try members.count("outputs", 1...SumsMembers.largest)
    subject = EvaluationSubject(
      version: try members.string("program"), model: try members.checksum("model"), outputCount: outputCount,
      checkpoint: members.isNull("checkpoint") ? nil : try members.checksum("checkpoint"),
      images: try members.checksum("images"), imageCount: imageCount,
      pixelLimit: try members.count("pixel_limit", 1...SumsMembers.largest))
    let shardCount = try members.count("shards", 1...Shard.largestCount)
    shard = Shard(number: try members.count("shard", 1...shardCount), of: shardCount)!
    let ownCount = shard.range(of: imageCount).count

    var sums = EvaluationSums()
    sums.imageCount = try members.count("read", 0...ownCount)
    sums.skippedCount = try members.count("skipped", 0...ownCount)
    guard sums.imageCount + sums.skippedCount == ownCount else {
      throw Damage("'read' and 'skipped' are not the \(ownCount) images of shard \(shard)")
    }
    sums.sameClass = try members.count("same_class", 0...sums.imageCount)
    sums.ratio.signal = try members.sum("signal")
    sums.ratio.noise = try members.sum("noise")
    var names: [Int: String] = [:]
    for members in try members.objects("classes") {
      let index = try members.count("index", 0...outputCount - 1)
      guard names.updateValue(try members.string("name"), forKey: index) == nil else {
        throw Damage("class \(index) is there twice")
      }
      let count = try members.count("images", 0...sums.imageCount)
      sums.classes[index] = EvaluationSums.ClassCounts(
        imageCount: count, int8Correct: try members.count("int8", 0...count),
        floatCorrect: try members.count("float", 0...count))
    }
    classNames = names
    guard sums.labelledCount <= sums.imageCount else { throw Damage("the classes have more images than were read") }
    sums.int8TopFive = try members.count("int8_top5", sums.int8Correct...sums.labelledCount)
    sums.floatTopFive = try members.count("float_top5", sums.floatCorrect...sums.labelledCount)
    self.sums = sums
  }
}

/// What a file of sums cannot hold.
private struct Damage: Error {
  let found: String

  init(_ found: String) { self.found = found }
}

/// The members of an object in a file of sums, each with the form that it must have.
private struct SumsMembers {
  let object: JSONObject
  /// The object's place in the file, for messages: "" for the file's own, "entry 3 of 'classes', ".
  let place: String

  /// The largest count. Sums of as many as a file may have of them fit `Int`.
  static let largest = 1 << 40

  func count(_ name: String, _ range: ClosedRange<Int>) throws(Damage) -> Int {
    guard case .integer(let number)? = object[name], range.contains(number) else {
      throw missing(name, "a number in \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }

  func string(_ name: String) throws(Damage) -> String {
    guard case .string(let text)? = object[name] else { throw missing(name, "a string") }
    return text
  }

  func checksum(_ name: String) throws(Damage) -> UInt64 {
    guard case .string(let text)? = object[name], let value = UInt64(text, radix: 16), value.hexadecimal == text else {
      throw missing(name, "a checksum of 16 hexadecimal digits")
    }
    return value
  }

  func sum(_ name: String) throws(Damage) -> ExactSum {
    guard case .string(let text)? = object[name], let sum = ExactSum(text) else {
      throw missing(name, "a sum such as 0x1p-3")
    }
    return sum
  }

  func isNull(_ name: String) -> Bool { object[name] == .null }

  func objects(_ name: String) throws(Damage) -> [SumsMembers] {
    guard case .array(let values)? = object[name] else { throw missing(name, "an array") }
    var objects: [SumsMembers] = []
    for value in values {
      guard case .object(let object) = value else { throw missing(name, "an array of objects") }
      objects.append(SumsMembers(object: object, place: "entry \(objects.count + 1) of '\(name)', "))
    }
    return objects
  }

  /// - Parameter form: what the member must be.
  private func missing(_ name: String, _ form: String) -> Damage { Damage("\(place)'\(name)' is not \(form)") }
}
