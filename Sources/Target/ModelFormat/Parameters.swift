/// Channels are stored and computed in blocks of this many.
public let channelsPerBlock = 16

/// The parameters of a convolution: for each block of 16 output channels, rows of 16 Int32 in this order.
/// docs/numerics.md derives them.
public enum ParameterBlock {
  /// Added to the accumulator.
  public static let bias = 0
  /// Arithmetic right shift of the accumulator, 0...31.
  public static let shift = 1
  /// 0...32767, in units of 2^-15.
  public static let multiplier = 2
  /// Where there is a shortcut: -32768...32767, its value's multiplier.
  public static let shortcutMultiplier = 3
  /// Where there is a shortcut: right shift of its product, 0...31.
  public static let shortcutShift = 4
  /// Where the shortcut is a projection: added to the projection's accumulator.
  public static let projectionBias = 5
  /// Where the shortcut is a projection: right shift of its accumulator, 0...31.
  public static let projectionShift = 6

  /// Bytes of a row of 16 Int32.
  public static let rowByteCount = channelsPerBlock * 4

  /// Rows a block has.
  public static func rowCount(shortcutKind: UInt32) -> Int {
    switch shortcutKind {
    case ShortcutKind.identity: 5
    case ShortcutKind.projection: 7
    default: 3
    }
  }
}

/// The parameters of the head: for each block of 16 outputs, 16 Float scales and 16 Float biases.
public enum HeadBlock {
  public static let scale = 0
  public static let bias = 1
  public static let rowCount = 2

  /// Bytes of a pooled sum, each in a plane of its own: 24 bits hold 65,793 codes.
  public static let sumPlanes = 3
}
