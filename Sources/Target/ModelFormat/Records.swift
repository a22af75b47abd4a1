/// The byte layout of an `.rn8` model file, version 1. Little-endian; every offset counts bytes from the file's start.
///
/// ```
/// ModelHeader | TensorRecord x tensorCount | LayerRecord x layerCount | strings | parameters | weights
/// '----------------------------- metadata, under `checksum` ------------------------------'   under `weightsChecksum`
/// ```
///
/// `strings` are NUL-terminated UTF-8: the network's name, one name a layer, then either no or `classCount` labels.
/// Records are structures of 32-bit fields (and aligned 64-bit ones), so that they have no padding.
public struct ModelHeader: BitwiseCopyable, Sendable {
  public static let magic: UInt32 = 0x0038_4e52  // "RN8\0"
  public static let currentVersion: UInt32 = 1

  public var magic = Self.magic
  public var version = Self.currentVersion
  public var fileSize: UInt32 = 0
  /// Bytes before the weights; a multiple of 64.
  public var metadataSize: UInt32 = 0
  /// `checksum(of:)` the metadata, with this field taken as 0.
  public var checksum: UInt64 = 0
  /// `checksum(of:)` the bytes from `metadataSize` on.
  public var weightsChecksum: UInt64 = 0
  public var multiplyAccumulates: UInt64 = 0
  public var tensorCount: UInt32 = 0
  public var layerCount: UInt32 = 0
  /// Floats that a run writes.
  public var classCount: UInt32 = 0
  public var inputChannels: UInt32 = 0
  /// Bytes of the arena that the tensors' offsets reach into.
  public var tensorBytes: UInt32 = 0
  public var stringsOffset: UInt32 = 0
  public var stringsSize: UInt32 = 0
  /// How images were prepared, for tools; 0 and zeros where that is not known. Pixels of the shorter side before the
  /// centre crop, then mean and standard deviation of each channel for pixels in 0...1.
  public var resize: UInt32 = 0
  public var mean: (Float, Float, Float, Float) = (0, 0, 0, 0)
  public var std: (Float, Float, Float, Float) = (0, 0, 0, 0)

  public init() {}
}

/// An activation tensor in the arena: unsigned 8-bit codes, NHWC, surrounded by a border of `halo` pixels that hold
/// `fill`, so that convolutions need no padding logic. `real = scale * (code - zeroPoint)`.
///
/// Tensor 0 is the image, its pixels stored as tightly as they come; all others store a multiple of 16 channels.
public struct TensorRecord: BitwiseCopyable, Sendable {
  /// Of the halo's first byte, from the start of the arena's tensors; a multiple of 64.
  public var offset: UInt32
  public var height: UInt32
  public var width: UInt32
  /// Bytes of one pixel.
  public var channels: UInt32
  /// Pixels of border on each side.
  public var halo: UInt32
  /// The code of real 0. The image has one a channel, in bits 0-7, 8-15, ...; other tensors repeat one four times.
  public var fill: UInt32
  public var scale: Float

  public init(
    offset: UInt32, height: UInt32, width: UInt32, channels: UInt32, halo: UInt32, fill: UInt32, scale: Float
  ) {
    self.offset = offset
    self.height = height
    self.width = width
    self.channels = channels
    self.halo = halo
    self.fill = fill
    self.scale = scale
  }
}

extension TensorRecord {
  public var rowStride: Int { (Int(width) + 2 * Int(halo)) * Int(channels) }

  /// Bytes in the arena: halo included, with room for the last segment's rounding, up to a multiple of 64.
  public var byteCount: Int {
    let bytes = (Int(height) + 2 * Int(halo)) * rowStride
    return (bytes + (channels % 4 == 0 ? 0 : 3) + 63) / 64 * 64
  }
}

/// How a convolution or pooling moves over its input, and where its weights are.
public struct WindowRecord: BitwiseCopyable, Sendable {
  public var kernelHeight: UInt32
  public var kernelWidth: UInt32
  public var stride: UInt32
  public var padding: UInt32
  public var dilation: UInt32
  /// Input and output channels fall into this many groups of consecutive channels, the outputs of each a multiple of
  /// 16. (The quantizer merges narrower groups, with zero weights between them.)
  public var groups: UInt32
  /// Offset of `[block][depth / 4][16][4]` int8: blocks of 16 output channels by 4 consecutive bytes of a window.
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

/// What a layer computes.
public enum LayerKind {
  /// `output = requantize(convolution(input) + shortcut)`.
  public static let convolution: UInt32 = 1
  /// Maximum over a window; the halo does not count.
  public static let maxPool: UInt32 = 2
  /// Global average pooling, then a fully connected layer where `window.weights` is not 0; writes the logits.
  public static let head: UInt32 = 3
}

/// What a convolution adds before it requantizes.
public enum ShortcutKind {
  public static let none: UInt32 = 0
  /// The tensor `shortcut`, which may be the output's own memory.
  public static let identity: UInt32 = 1
  /// The tensor `shortcut` through the convolution `projection`.
  public static let projection: UInt32 = 2
}

/// One layer. Tensors are named by their index.
public struct LayerRecord: BitwiseCopyable, Sendable {
  public var kind: UInt32
  public var input: UInt32
  public var output: UInt32
  public var shortcutKind: UInt32 = ShortcutKind.none
  public var shortcut: UInt32 = 0
  /// Offset of the parameters: see `ParameterBlock` for convolutions, `HeadBlock` for the head.
  public var parameters: UInt32 = 0
  public var window: WindowRecord
  public var projection = WindowRecord.none

  public init(kind: UInt32, input: UInt32, output: UInt32, window: WindowRecord) {
    self.kind = kind
    self.input = input
    self.output = output
    self.window = window
  }
}
