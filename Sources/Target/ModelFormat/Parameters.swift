/// The number of channels in a block. Channels are stored and computed in blocks.
public let channelsPerBlock = 16

/// The rows of a convolution's parameters. For each block of 16 output channels there are 3, 5 or 7 rows of 16 Int32,
/// one for each channel, in this order. docs/numerics.md derives them.
public enum ParameterBlock {
  /// The bias, which is added to the accumulator.
  public static let bias = 0
  /// The arithmetic right shift of the accumulator, 0...31.
  public static let shift = 1
  /// The multiplier of the shifted accumulator, 0...32767, in units of 2^-15.
  public static let multiplier = 2
  /// The multiplier of the shortcut's value, -32768...32767. Only where there is a shortcut.
  public static let shortcutMultiplier = 3
  /// The right shift of the shortcut's value times its multiplier, 0...31. Only where there is a shortcut.
  public static let shortcutShift = 4
  /// The bias that is added to the projection's accumulator. Only where the shortcut is a projection.
  public static let projectionBias = 5
  /// The right shift of the projection's accumulator, 0...31. Only where the shortcut is a projection.
  public static let projectionShift = 6

  /// The bytes of a row: 16 Int32.
  public static let rowByteCount = channelsPerBlock * 4

  /// Returns the number of rows that each block has.
  public static func rowCount(shortcutKind: UInt32) -> Int {
    switch shortcutKind {
    case ShortcutKind.identity: 5
    case ShortcutKind.projection: 7
    default: 3
    }
  }
}

/// The rows of the head's parameters. For each block of 16 outputs there are a row of 16 Float scales and a row of 16
/// Float biases. A row has `ParameterBlock.rowByteCount` bytes too.
public enum HeadBlock {
  public static let scale = 0
  public static let bias = 1
  public static let rowCount = 2

  /// Returns the number of bytes of a pooled sum, each of which lies in a plane of its own.
  public static func sumPlanes(hasRemainders: Bool) -> Int { hasRemainders ? 4 : 3 }

  /// Returns the most pixels whose sum fits the planes: of codes at most 255, or of `256 * code + remainder`.
  public static func pixelLimit(hasRemainders: Bool) -> Int { hasRemainders ? 65537 : 65793 }
}
