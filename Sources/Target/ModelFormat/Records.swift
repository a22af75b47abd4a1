#if _endian(big)
  #error("a big-endian processor cannot run models: their numbers are little-endian, and used where they lie")
#endif

/// The header of an `.rn8` model file, version 4. Everything in the file is little-endian, and every offset counts
/// bytes from the file's start. docs/file-format.md describes all of it.
///
/// ```
/// ModelHeader | TensorRecord x tensorCount | LayerRecord x layerCount | strings | parameters | weights
/// '----------------------------- metadata, under `checksum` ------------------------------'   under `weightsChecksum`
/// ```
///
/// `strings` are NUL-terminated UTF-8: the network's name, a name for each layer, then either no labels or
/// `classCount` of them. Records have only 32-bit fields and aligned 64-bit ones, so that they contain no padding.
public struct ModelHeader: BitwiseCopyable, Sendable {
  public static let magic: UInt32 = 0x0038_4e52  // "RN8\0"
  public static let currentVersion: UInt32 = 4

  public var magic = Self.magic
  public var version = Self.currentVersion
  /// The bytes that belong to the model. More may follow.
  public var fileSize: UInt32 = 0
  /// The bytes before the weights, a multiple of 64.
  public var metadataSize: UInt32 = 0
  /// The `Checksum` of the metadata, with this field taken as 0.
  public var checksum: UInt64 = 0
  /// The `Checksum` of the weights: the bytes from `metadataSize` to `fileSize`.
  public var weightsChecksum: UInt64 = 0
  /// The multiply-accumulates that one image takes. Informative.
  public var multiplyAccumulates: UInt64 = 0
  public var tensorCount: UInt32 = 0
  public var layerCount: UInt32 = 0
  /// The number of floats that a run writes, 1...2^20.
  public var classCount: UInt32 = 0
  /// The channels of the image, 1...4.
  public var inputChannels: UInt32 = 0
  /// The bytes of the arena that the tensors take, a multiple of 64.
  public var tensorBytes: UInt32 = 0
  public var stringsOffset: UInt32 = 0
  /// The bytes of all strings, their NULs included.
  public var stringsSize: UInt32 = 0
  /// Pixels of the picture's height after the resize, or of its shorter side, as `resizeKind` says. 0 without a resize.
  public var resizeHeight: UInt32 = 0
  /// The mean of each channel, for pixels in 0...1. Zeros past the image's channels, and where it is not known. Only
  /// tools read this field and `std`.
  public var mean: (Float, Float, Float, Float) = (0, 0, 0, 0)
  /// The standard deviation of each channel, for pixels in 0...1. Zeros past the image's channels, and where it is
  /// not known.
  public var std: (Float, Float, Float, Float) = (0, 0, 0, 0)
  // The fields below are those that version 2 added. Pictures are prepared by them, and by `resizeHeight`.
  /// A `ResizeKind`.
  public var resizeKind: UInt32 = ResizeKind.unchanged.rawValue
  /// Pixels of the picture's width after the resize; 0 where the kind is not `sides`.
  public var resizeWidth: UInt32 = 0
  /// An `Interpolation`.
  public var interpolation: UInt32 = Interpolation.bilinear.rawValue
  /// A `CropRounding`.
  public var cropRounding: UInt32 = CropRounding.halfToEven.rawValue

  public init() {}
}

/// An activation tensor in the arena: unsigned 8-bit codes, NHWC, with `real = scale * (code - zeroPoint)`.
///
/// It is surrounded by a border, the halo, of `halo` pixels that hold `fill`, so that convolutions need no padding
/// logic. Tensor 0 is the image, whose pixels are stored as tightly as they come. All other tensors store a multiple
/// of 16 channels.
///
/// A tensor that a convolution writes may have remainders: a byte beside each code, with what the rounding to the code
/// took away. Then `real = scale * (code + (remainder - 128) / 256 - zeroPoint)`. Shortcuts and the head read both, and a
/// max pool whose output has remainders; all else reads the codes.
///
/// A streamed tensor is never whole in memory: a max pool reads it a few rows at a time, as a convolution makes them.
public struct TensorRecord: BitwiseCopyable, Sendable {
  /// The offset of the first byte of the halo from the start of the arena's tensors, a multiple of 64.
  public var offset: UInt32
  /// Pixels without the halo, 1...65,536.
  public var height: UInt32
  /// Pixels without the halo, 1...65,536.
  public var width: UInt32
  /// The channels, which are the bytes of one pixel, 1...65,536.
  public var channels: UInt32
  /// Pixels of the halo on each side, at most 4,096.
  public var halo: UInt32
  /// The code of real 0, which the halo holds. The image has a code for each channel: channel 0 in bits 0-7, channel
  /// 1 in bits 8-15, and so on. Other tensors repeat one code four times.
  public var fill: UInt32
  /// The real value of one step of the codes. Informative.
  public var scale: Float
  /// The offset of the first remainder from the start of the arena's tensors, a multiple of 64; `noRemainders` where
  /// the tensor has none. Remainders are packed height x width x channels, without a halo.
  public var remainders: UInt32
  /// The rows that have room in the arena: `height`, or fewer in a streamed tensor, which has no halo.
  public var rowsInMemory: UInt32

  public static let noRemainders = UInt32.max

  public init(
    offset: UInt32, height: UInt32, width: UInt32, channels: UInt32, halo: UInt32, fill: UInt32, scale: Float,
    remainders: UInt32 = noRemainders, rowsInMemory: UInt32? = nil
  ) {
    self.offset = offset
    self.height = height
    self.width = width
    self.channels = channels
    self.halo = halo
    self.fill = fill
    self.scale = scale
    self.remainders = remainders
    self.rowsInMemory = rowsInMemory ?? height
  }
}

extension TensorRecord {
  public var hasRemainders: Bool { remainders != Self.noRemainders }

  public var isStreamed: Bool { rowsInMemory < height }

  /// The bytes of a pixel and channel: its code and, where there is one, its remainder.
  var bytesPerValue: Int { hasRemainders ? 2 : 1 }

  /// The bytes from a pixel to the pixel below it.
  public var rowStride: Int { (Int(width) + 2 * Int(halo)) * Int(channels) }

  /// The bytes that the tensor takes in the arena, a multiple of 64. They include the halo and, where `channels` is
  /// not a multiple of 4, the 3 bytes that the last segment may read beyond it, since reads go by fours.
  public var byteCount: Int {
    let bytes = (Int(rowsInMemory) + 2 * Int(halo)) * rowStride
    return (bytes + (channels % 4 == 0 ? 0 : 3) + 63) / 64 * 64
  }

  /// The bytes that the tensor's remainders take in the arena, a multiple of 64; 0 where it has none.
  public var remainderByteCount: Int {
    hasRemainders ? (Int(rowsInMemory) * Int(width) * Int(channels) + 63) / 64 * 64 : 0
  }
}

/// A window: how a convolution or a pooling moves over its input, and where its weights are.
public struct WindowRecord: BitwiseCopyable, Sendable {
  /// Pixels, 1...1,024.
  public var kernelHeight: UInt32
  /// Pixels, 1...1,024.
  public var kernelWidth: UInt32
  /// Pixels in both directions, 1...1,024.
  public var stride: UInt32
  /// Pixels on each side: of a convolution at most the input's halo, of a pooling less than `kernelHeight` and
  /// `kernelWidth`.
  public var padding: UInt32
  /// Pixels in both directions, 1...1,024.
  public var dilation: UInt32
  /// The number of groups that input and output channels are divided into. A group is consecutive channels. Where
  /// there is more than one group, each has a multiple of 4 input channels and of 16 output channels. (The quantizer
  /// merges narrower groups, with zero weights between them.)
  public var groups: UInt32
  /// The offset of the weights, int8 in the order `[block][depth / 4][16][4]`: for each block of 16 output channels,
  /// for each 4 consecutive bytes of a window, 4 weights of each of the 16 channels. In a head, 0 says that there are
  /// none.
  public var weights: UInt32

  public init(
    kernelHeight: UInt32, kernelWidth: UInt32, stride: UInt32 = 1, padding: UInt32 = 0, dilation: UInt32 = 1,
    groups: UInt32 = 1, weights: UInt32 = 0
  ) {
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.weights = weights
  }

  public static let none = WindowRecord(kernelHeight: 0, kernelWidth: 0, stride: 0, dilation: 0, groups: 0)
}

/// The kinds of layers: what a layer computes.
public enum LayerKind {
  /// `output = requantize(convolution(input) + shortcut)`.
  public static let convolution: UInt32 = 1
  /// The maximum over each window. The halo does not count.
  public static let maxPool: UInt32 = 2
  /// Global average pooling and, where `window.weights` is not 0, a fully connected layer. It writes the logits.
  public static let head: UInt32 = 3
  /// The mean over each window, rounded to the nearest code, halves up. The halo does not count.
  public static let averagePool: UInt32 = 4
}

/// The kinds of shortcuts: what a convolution adds to its accumulator before it requantizes.
public enum ShortcutKind {
  public static let none: UInt32 = 0
  /// The tensor `shortcut` as it is. The output may be in the same memory.
  public static let identity: UInt32 = 1
  /// What the convolution `projection` makes of the tensor `shortcut`.
  public static let projection: UInt32 = 2
}

/// A layer. `input`, `output` and `shortcut` are indices of tensors.
public struct LayerRecord: BitwiseCopyable, Sendable {
  public var kind: UInt32
  public var input: UInt32
  public var output: UInt32
  public var shortcutKind: UInt32 = ShortcutKind.none
  public var shortcut: UInt32 = 0
  /// The offset of the parameters: of a convolution those of `ParameterBlock`, of the head those of `HeadBlock`.
  public var parameters: UInt32 = 0
  public var window: WindowRecord
  public var projection = WindowRecord.none

  /// Whether `shortcut` names a tensor. Other kinds of layers have the field too, and any number in it.
  public var hasShortcut: Bool { kind == LayerKind.convolution && shortcutKind != ShortcutKind.none }

  public init(kind: UInt32, input: UInt32, output: UInt32, window: WindowRecord) {
    self.kind = kind
    self.input = input
    self.output = output
    self.window = window
  }
}
