/// A stack machine for the part of the pickle language that describes state dicts. It executes nothing: what a global other
/// than those of `PickleGlobal` would make is a `PickleObject`. Work and memory grow
/// only with the pickle's length, and end at `Limit.pickleSteps`.
///
/// CPython's `Lib/pickletools.py` defines the language. PyTorch's `torch/serialization.py` and `torch/_utils.py` define
/// the persistent ids and the rebuild functions.
struct PickleMachine {
  let file: FileBytes
  /// The offset of the next byte to interpret.
  private(set) var position: Int
  /// The items of every container. The value of a container carries its index in this table.
  var containers: [[PickleValue]] = []
  /// What unknown globals would have made.
  var objects: [PickleObject] = []
  /// The storage that was named first under each key.
  var storages: [FileText: PickledStorage] = [:]
  /// The number of key-value pairs that calls of OrderedDict have copied so far.
  var copiedPairCount = 0
  /// The opcodes interpreted so far, and the values that they copied.
  private var stepCount = 0

  /// The offset of the opcode being interpreted, for messages.
  private var opcodeOffset = 0
  private var stack: [PickleValue] = []
  /// The height that the stack had at each mark.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  init(_ file: FileBytes, at position: Int) {
    self.file = file
    self.position = position
  }

  /// Interprets one pickle and returns its value. Afterwards `position` is the first byte after the pickle. Storages
  /// and containers stay known to the next run.
  mutating func run() throws(CheckpointError) -> PickleValue {
    stack = []
    marks = []
    memo = [:]
    while true {
      opcodeOffset = position
      try spend(1)
      let byte = try integer(UInt8.self)
      guard let opcode = PickleOpcode(rawValue: byte) else {
        throw refusal("pickle opcode 0x\(String(byte, radix: 16)), which no state dict needs", Remedy.saveAgain)
      }
      if opcode == .stop { return try pop() }
      try interpret(opcode)
    }
  }

  /// Counts steps, each of which takes a bounded time and may leave a few values behind. Throws after the last that a
  /// checkpoint may take.
  mutating func spend(_ steps: Int) throws(CheckpointError) {
    stepCount += steps
    guard stepCount <= Limit.pickleSteps else {
      throw refusal("a pickle of more than \(Limit.pickleSteps) steps", Remedy.saveStateDict)
    }
  }

  private mutating func interpret(_ opcode: PickleOpcode) throws(CheckpointError) {
    switch opcode {
    case .proto: _ = try integer(UInt8.self)
    case .frame: _ = try integer(UInt64.self)
    case .stop: break
    case .mark: marks.append(stack.count)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .dup: stack.append(try top())

    case .none: stack.append(.none)
    case .newTrue: stack.append(.bool(true))
    case .newFalse: stack.append(.bool(false))
    case .binInt: stack.append(.int(Int(try integer(Int32.self))))
    case .binInt1: stack.append(.int(Int(try integer(UInt8.self))))
    case .binInt2: stack.append(.int(Int(try integer(UInt16.self))))
    case .long1: try pushLong(byteCount: Int(try integer(UInt8.self)))
    case .long4: try pushLong(byteCount: try length(UInt32.self))
    case .binFloat: try skip(8)
    case .binUnicode, .binString: stack.append(.string(try text(length(UInt32.self))))
    case .shortBinUnicode, .shortBinString: stack.append(.string(try text(length(UInt8.self))))
    case .binUnicode8: stack.append(.string(try text(length(UInt64.self))))
    case .binBytes: try skip(length(UInt32.self))
    case .shortBinBytes: try skip(length(UInt8.self))
    case .binBytes8, .byteArray8: try skip(length(UInt64.self))

    case .emptyTuple: stack.append(.tuple(allocate([])))
    case .tuple: stack.append(.tuple(allocate(try popToMark())))
    case .tuple1: try pushTuple(1)
    case .tuple2: try pushTuple(2)
    case .tuple3: try pushTuple(3)
    case .emptyList: stack.append(.list(allocate([])))
    case .append: try fillTop(with: [try pop()], asPairs: false)
    case .appends: try fillTop(with: try popToMark(), asPairs: false)
    case .emptyDictionary: stack.append(.dictionary(allocate([])))
    case .setItem:
      let value = try pop()
      try fillTop(with: [try pop(), value], asPairs: true)
    case .setItems: try fillTop(with: try popToMark(), asPairs: true)
    case .emptySet: stack.append(.ignored)
    case .addItems:
      _ = try popToMark()
      _ = try top()
    case .frozenSet:
      _ = try popToMark()
      stack.append(.ignored)

    case .binPut: memo[Int(try integer(UInt8.self))] = try top()
    case .longBinPut: memo[Int(try integer(UInt32.self))] = try top()
    case .memoize: memo[memo.count] = try top()
    case .binGet: try pushMemo(Int(try integer(UInt8.self)))
    case .longBinGet: try pushMemo(Int(try integer(UInt32.self)))

    case .global: stack.append(.global(PickleGlobal(module: try line(), name: try line())))
    case .stackGlobal:
      guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
        throw refusal("a global without a name", Remedy.download)
      }
      stack.append(.global(PickleGlobal(module: module, name: name)))
    case .reduce, .newObject:
      let arguments = try pop()
      stack.append(try apply(try pop(), to: arguments))
    case .newObjectEx:
      _ = try pop()  // The arguments with names.
      let arguments = try pop()
      stack.append(try apply(try pop(), to: arguments))
    case .build:
      let attributes = try pop()
      try build(try top(), from: attributes)
    case .binPersistentID: stack.append(try persistent(try pop()))
    }
  }

  // MARK: Stack

  private func top() throws(CheckpointError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw refusal("a pickle that takes more from its stack than it put there", Remedy.download)
    }
    return value
  }

  private mutating func pop() throws(CheckpointError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw refusal("a pickle without the mark it refers to", Remedy.download) }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func pushTuple(_ count: Int) throws(CheckpointError) {
    var items: [PickleValue] = []
    for _ in 0..<count { items.append(try pop()) }
    stack.append(.tuple(allocate(items.reversed())))
  }

  mutating func allocate(_ items: [PickleValue]) -> Int {
    containers.append(items)
    return containers.count - 1
  }

  /// Puts items into the list or dictionary on top. An object becomes the one that the first items make of it.
  private mutating func fillTop(with items: [PickleValue], asPairs: Bool) throws(CheckpointError) {
    var target = try top()
    if case .object(let index) = target {
      target = objects[index].content ?? (asPairs ? .dictionary(allocate([])) : .list(allocate([])))
      objects[index].content = target
    }
    switch target {
    case .list(let index) where !asPairs: containers[index] += items
    case .dictionary(let index) where asPairs && items.count.isMultiple(of: 2): containers[index] += items
    default: throw refusal("\(items.count) items put into \(target.kind)", Remedy.download)
    }
  }

  private mutating func pushMemo(_ index: Int) throws(CheckpointError) {
    guard let value = memo[index] else { throw refusal("memo \(index) read before it is written", Remedy.download) }
    stack.append(value)
  }

  /// Pushes a little-endian integer in two's complement. One of more than 8 bytes does not fit `Int` and is ignored.
  private mutating func pushLong(byteCount: Int) throws(CheckpointError) {
    let bytes = try take(byteCount)
    guard byteCount <= 8 else { return stack.append(.ignored) }
    var value = (bytes.last ?? 0) >= 0x80 ? -1 : 0
    for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    stack.append(.int(value))
  }

  // MARK: Bytes

  private mutating func take(_ count: Int) throws(CheckpointError) -> UnsafeRawBufferPointer {
    let bytes = try file.slice(position, count, of: "pickle opcode")
    position += count
    return bytes
  }

  private mutating func skip(_ count: Int) throws(CheckpointError) {
    _ = try take(count)
    stack.append(.ignored)
  }

  private mutating func integer<T: FixedWidthInteger>(_: T.Type) throws(CheckpointError) -> T {
    T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
  }

  private mutating func length<T: FixedWidthInteger>(_ type: T.Type) throws(CheckpointError) -> Int {
    let length = try file.length(type, at: position, of: "length in a pickle")
    position += MemoryLayout<T>.size
    return length
  }

  private mutating func text(_ count: Int) throws(CheckpointError) -> FileText { FileText(try take(count)) }

  /// Reads text up to a newline, and moves past the newline.
  private mutating func line() throws(CheckpointError) -> FileText {
    let rest = try file.slice(position, file.end - position, of: "pickle")
    guard let count = rest.firstIndex(of: 0x0A) else {
      throw refusal("a global's name that does not end", Remedy.download)
    }
    let text = try text(count)
    position += 1
    return text
  }

  func refusal(_ found: String, _ remedy: String) -> CheckpointError {
    file.refusal(at: opcodeOffset, found, remedy)
  }
}
