/// The filter along columns, over lines that come one after the other.
struct ColumnPass {
  private let axis: Axis
  private let lineSize: Int
  private let memory: ScratchLayout.Memory
  private let tapCount: Int

  init(_ axis: Axis, lineSize: Int, _ memory: ScratchLayout.Memory) {
    self.axis = axis
    self.lineSize = lineSize
    self.memory = memory
    tapCount = axis.tapCount
  }

  /// Returns the line of an input. It may write it to the buffer, and return that.
  typealias Line = (_ input: Int, _ buffer: UnsafeMutablePointer<UInt8>) -> UnsafePointer<UInt8>
  /// Takes the sums of an output.
  typealias Output = (_ index: Int, _ sums: UnsafePointer<Int32>) -> Void

  /// Sums all outputs. Each line is asked for once, in their order, as each output is given.
  func run(line: Line, output: Output) {
    if axis.shrinks { scatter(line, output) } else { gather(line, output) }
  }

  /// Adds each line to all outputs that need it.
  private func scatter(_ line: Line, _ output: Output) {
    // The outputs whose sums are begun and not complete.
    var open = 0..<0
    for input in axis.inputs {
      let inputs = line(input, memory.lines)
      while open.upperBound < axis.count, axis.taps(open.upperBound).first <= input {
        begin(open.upperBound)
        open = open.lowerBound..<open.upperBound &+ 1
      }
      for index in open {
        let tap = input &- axis.taps(index).first
        add(inputs, weight: weights(index)[tap], to: sums(index))
      }
      while !open.isEmpty, axis.taps(open.lowerBound).end == input &+ 1 {
        output(open.lowerBound, sums(open.lowerBound))
        open = open.lowerBound &+ 1..<open.upperBound
      }
    }
  }

  /// Sums each output from the lines that it needs.
  private func gather(_ line: Line, _ output: Output) {
    var next = axis.inputs.lowerBound
    for index in 0..<axis.count {
      let taps = axis.taps(index)
      while next < taps.end {
        _ = line(next, held(next))
        next &+= 1
      }
      begin(index)
      for t in 0..<taps.count { add(held(taps.first &+ t), weight: weights(index)[t], to: sums(index)) }
      output(index, sums(index))
    }
  }

  private func weights(_ index: Int) -> UnsafeMutablePointer<Int32> {
    memory.columnWeights + (index % axis.sumCount) &* tapCount
  }

  private func sums(_ index: Int) -> UnsafeMutablePointer<Int32> {
    memory.sums + (index % axis.sumCount) &* lineSize
  }

  private func held(_ input: Int) -> UnsafeMutablePointer<UInt8> {
    memory.lines + (input % axis.lineCount) &* lineSize
  }

  private func begin(_ index: Int) {
    axis.storeWeights(index, to: weights(index))
    sums(index).update(repeating: half, count: lineSize)
  }

  private func add(_ line: UnsafePointer<UInt8>, weight: Int32, to sums: UnsafeMutablePointer<Int32>) {
    for i in 0..<lineSize { sums[i] &+= Int32(line[i]) &* weight }
  }

  func round(_ sums: UnsafePointer<Int32>, to line: UnsafeMutablePointer<UInt8>) {
    for i in 0..<lineSize { line[i] = rounded(sums[i]) }
  }
}
