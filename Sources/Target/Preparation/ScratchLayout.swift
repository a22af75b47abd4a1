/// Where the parts of scratch lie:
///
/// ```
/// | weights of the rows' filter | weights of the columns' | sums | taps of the rows' filter | lines | converted row |
/// ```
struct ScratchLayout {
  /// The bytes of a line: of a row's outputs, or of the row itself where columns are resampled first.
  let lineSize: Int
  let byteCount: Int
  private let columnWeights: Int
  private let sums: Int
  private let taps: Int
  private let lines: Int
  private let converted: Int

  /// Scratch may begin anywhere; its parts begin at multiples of 64 bytes.
  private static let alignment = 64

  /// The parts of a plan's scratch in memory.
  struct Memory {
    /// `tapCount` weights for each output of a row.
    let rowWeights: UnsafeMutablePointer<Int32>
    /// The same for each output of a column that is being summed.
    let columnWeights: UnsafeMutablePointer<Int32>
    /// A line of sums for each output of a column that is being summed.
    let sums: UnsafeMutablePointer<Int32>
    let taps: UnsafeMutablePointer<Axis.Taps>
    let lines: UnsafeMutablePointer<UInt8>
    let converted: UnsafeMutablePointer<UInt8>
  }

  init(_ geometry: Geometry, channels: Int, converts: Bool) {
    let (horizontal, vertical) = (geometry.horizontal, geometry.vertical)
    let rowSize = horizontal.inputs.count * channels
    lineSize = geometry.columnsComeFirst ? rowSize : horizontal.count * channels
    var end = 0
    func place(_ count: Int, _ size: Int) -> Int {
      let offset = end
      end += (count * size + Self.alignment - 1) / Self.alignment * Self.alignment
      return offset
    }
    let word = MemoryLayout<Int32>.size
    _ = place(horizontal.count * horizontal.tapCount, word)
    columnWeights = place(vertical.sumCount * vertical.tapCount, word)
    sums = place(vertical.sumCount * lineSize, word)
    taps = place(horizontal.count, MemoryLayout<Axis.Taps>.stride)
    lines = place(vertical.lineCount, lineSize)
    converted = place(converts ? rowSize : 0, 1)
    byteCount = end + Self.alignment - 1
  }

  func memory(at scratch: UnsafeMutableRawPointer) -> Memory {
    let misalignment = Int(bitPattern: scratch) & (Self.alignment - 1)
    let start = scratch + (misalignment == 0 ? 0 : Self.alignment - misalignment)
    return Memory(
      rowWeights: start.assumingMemoryBound(to: Int32.self),
      columnWeights: (start + columnWeights).assumingMemoryBound(to: Int32.self),
      sums: (start + sums).assumingMemoryBound(to: Int32.self),
      taps: (start + taps).assumingMemoryBound(to: Axis.Taps.self),
      lines: (start + lines).assumingMemoryBound(to: UInt8.self),
      converted: (start + converted).assumingMemoryBound(to: UInt8.self))
  }
}

extension Axis {
  /// The outputs of a column that are summed at once. Where the side shrinks, an input is added to all that need it.
  var sumCount: Int { shrinks ? min(overlap, count) : 1 }

  /// The lines that are held. Where the side does not shrink, an output is summed once its inputs are there.
  var lineCount: Int { shrinks ? 1 : min(overlap, inputs.count) }
}
