import ModelFormat

/// A model of three layers, whose second one is a convolution with any weights:
///
/// | layer | |
/// |---:|---|
/// | 0 | 1x1 convolution of the image, height x width x 3. Its codes are the image's: channel c has those of c % 3 |
/// | 1 | convolution by `window`: of 3x3 taps, stride 1 and padding 1 unless a test changes it |
/// | 2 | head without a classifier: a logit is the sum of a channel's codes |
package struct WideModel {
  package var height = 5
  package var width = 7
  package var window = WindowRecord(kernelHeight: 3, kernelWidth: 3, padding: 1)
  /// The channels that the second convolution reads, a multiple of 16.
  package let channels: Int
  /// The blocks of 16 channels that it writes.
  package let blocks: Int
  /// The weights of each output channel, `[9 * channels]`: taps row by row, and the channels of each.
  package let weights: [[Int8]]
  package typealias Parameters = (bias: Int32, shift: Int32, multiplier: Int32)
  /// Those of each output channel.
  package let parameters: [Parameters]

  package init(channels: Int, blocks: Int, weights: [[Int8]], parameters: [Parameters]) {
    self.channels = channels
    self.blocks = blocks
    self.weights = weights
    self.parameters = parameters
  }

  package var bytes: [UInt8] {
    var tensorBytes: UInt32 = 0
    func tensor(_ height: Int, _ width: Int, _ channels: Int, halo: UInt32 = 0) -> TensorRecord {
      let tensor = TensorRecord(
        offset: tensorBytes, height: UInt32(height), width: UInt32(width), channels: UInt32(channels), halo: halo,
        fill: 0, scale: 1)
      tensorBytes += UInt32(tensor.byteCount)
      return tensor
    }
    let tensors = [
      tensor(height, width, 3), tensor(height, width, channels, halo: window.padding),
      tensor(outputs(height, window.kernelHeight), outputs(width, window.kernelWidth), 16 * blocks),
      tensor(1, 3, 16 * blocks),
    ]
    var layers = [
      LayerRecord(
        kind: LayerKind.convolution, input: 0, output: 1, window: WindowRecord(kernelHeight: 1, kernelWidth: 1)),
      LayerRecord(kind: LayerKind.convolution, input: 1, output: 2, window: window),
      LayerRecord(kind: LayerKind.head, input: 2, output: 3, window: .none),
    ]
    let strings = [UInt8](repeating: 0, count: 1 + layers.count)
    var header = ModelHeader()
    (header.tensorCount, header.layerCount) = (UInt32(tensors.count), UInt32(layers.count))
    (header.classCount, header.inputChannels, header.tensorBytes) = (UInt32(16 * blocks), 3, tensorBytes)
    let tables =
      MemoryLayout<ModelHeader>.stride + tensors.count * MemoryLayout<TensorRecord>.stride
      + layers.count * MemoryLayout<LayerRecord>.stride
    (header.stringsOffset, header.stringsSize) = (UInt32(tables), UInt32(strings.count))

    var end = (tables + strings.count + 63) / 64 * 64
    let scales = [Int32](repeating: Int32(bitPattern: Float(1).bitPattern), count: 16)
    let padding = end - tables - strings.count
    let words = [
      rows(of: [Parameters](repeating: (0, 0, 32767), count: channels)), rows(of: parameters),
      (0..<blocks).flatMap { _ in scales + [Int32](repeating: 0, count: 16) },
    ]
    for index in layers.indices {
      layers[index].parameters = UInt32(end)
      end += 4 * words[index].count
    }
    header.metadataSize = UInt32(end)
    let firstWeights = packed((0..<channels).map { channel in (0..<4).map { $0 == channel % 3 ? 1 : 0 } })
    layers[0].window.weights = UInt32(end)
    layers[1].window.weights = UInt32(end + firstWeights.count)
    let allWeights = firstWeights + packed(weights)
    header.fileSize = UInt32(end + allWeights.count)

    var bytes: [UInt8] = withUnsafeBytes(of: header) { Array($0) }
    func append<T>(_ values: [T]) { values.withUnsafeBytes { bytes += $0 } }
    append(tensors)
    append(layers)
    append(strings + [UInt8](repeating: 0, count: padding))
    for row in words { append(row) }
    append(allWeights)
    bytes.withUnsafeMutableBytes(repairChecksum)
    return bytes
  }

  /// Returns the rows or columns of the output.
  private func outputs(_ length: Int, _ taps: UInt32) -> Int {
    (length + 2 * Int(window.padding) - Int((taps - 1) * window.dilation) - 1) / Int(window.stride) + 1
  }

  private func rows(of parameters: [Parameters]) -> [Int32] {
    stride(from: 0, to: parameters.count, by: 16).flatMap { first in
      let block = parameters[first..<first + 16]
      return block.map(\.bias) + block.map(\.shift) + block.map(\.multiplier)
    }
  }

  /// Returns weights in the order `[block][depth / 4][16][4]`.
  private func packed(_ weights: [[Int8]]) -> [Int8] {
    let depth = weights[0].count
    return stride(from: 0, to: weights.count, by: 16).flatMap { first in
      stride(from: 0, to: depth, by: 4).flatMap { place in
        (0..<16).flatMap { weights[first + $0][place..<place + 4] }
      }
    }
  }
}
