/// The work of preparing pictures of one size and format: what lies where in scratch, and the passes over the rows.
///
/// The picture is read row by row. Where rows are resampled first, each row is, and the result, a line, takes part in
/// the outputs that need it. Where columns are, the row itself is the line, and each output is resampled along the row
/// when it is complete. So scratch holds a few lines, whatever the picture's height.
public struct PreparationPlan {
  private let preparation: Preparation
  private let format: PixelFormat
  private let networkChannels: Int
  /// The channels that are resampled: 1 where the picture or the network is grey, else 3.
  private let channels: Int
  private let geometry: Geometry
  private let layout: ScratchLayout

  /// - Parameters:
  ///   - channels: those of the network's input.
  ///   - width: 1 to 65,535 pixels of the picture, as `height`.
  /// - Returns: nil where the network does not take 1 or 3 channels, and where a side is out of range.
  public init?(_ preparation: Preparation, channels: Int, width: Int, height: Int, format: PixelFormat) {
    let sides = 1...Int(UInt16.max)
    guard channels == 1 || channels == 3, sides ~= width, sides ~= height else { return nil }
    self.preparation = preparation
    self.format = format
    networkChannels = channels
    self.channels = format == .grey ? 1 : channels
    geometry = Geometry(preparation, width: width, height: height)
    layout = ScratchLayout(
      geometry, channels: self.channels, converts: format.needsConversion(channels: self.channels))
  }

  /// The bytes that a picture takes in scratch.
  public var scratchByteCount: Int { layout.byteCount }

  /// Prepares a picture.
  ///
  /// - Parameters:
  ///   - picture: one of the plan's size and format.
  ///   - scratch: `scratchByteCount` bytes of any alignment.
  ///   - input: the network's input, `inputHeight * inputWidth * channels` bytes.
  public func prepare(_ picture: Picture, scratch: UnsafeMutableRawPointer, to input: UnsafeMutablePointer<UInt8>) {
    let memory = layout.memory(at: scratch)
    let rowSize = preparation.inputWidth * networkChannels
    input.update(repeating: 0, count: preparation.inputHeight * rowSize)
    let row = RowPass(geometry.horizontal, channels: channels, memory)
    row.storeWeights()
    let column = ColumnPass(geometry.vertical, lineSize: layout.lineSize, memory)
    let columnsComeFirst = geometry.columnsComeFirst

    column.run { y, buffer in
      let pixels = self.pixels(of: picture, row: y, converted: memory.converted)
      if columnsComeFirst { return pixels }
      row.resample(pixels, to: buffer)
      return UnsafePointer(buffer)
    } output: { y, sums in
      let output = input + ((geometry.top &+ y) &* rowSize &+ geometry.left &* networkChannels)
      if columnsComeFirst {
        column.round(sums, to: memory.lines)
        row.resample(memory.lines, to: output)
      } else {
        column.round(sums, to: output)
      }
      if channels < networkChannels { replicate(output, count: geometry.horizontal.count) }
    }
  }

  /// Returns the pixels of a row that the filter reads, converted where that is necessary.
  private func pixels(
    of picture: Picture, row: Int, converted: UnsafeMutablePointer<UInt8>
  ) -> UnsafePointer<UInt8> {
    let columns = geometry.horizontal.inputs
    let pixels = picture.pixel(row: row, column: columns.lowerBound)
    guard format.needsConversion(channels: channels) else { return pixels }
    format.convert(pixels, count: columns.count, channels: channels, to: converted)
    return UnsafePointer(converted)
  }

  /// Makes grey pixels RGB where they lie.
  private func replicate(_ pixels: UnsafeMutablePointer<UInt8>, count: Int) {
    var i = count &- 1
    while i >= 0 {
      let grey = pixels[i]
      (pixels[3 &* i], pixels[3 &* i &+ 1], pixels[3 &* i &+ 2]) = (grey, grey, grey)
      i &-= 1
    }
  }
}
