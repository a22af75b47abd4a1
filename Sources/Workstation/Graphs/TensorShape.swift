/// The size of a tensor that belongs to one image.
public struct TensorShape: Sendable, Equatable, CustomStringConvertible {
  public let height: Int
  public let width: Int
  public let channels: Int

  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// The number of elements, `height * width * channels`.
  public var count: Int { height * width * channels }

  public var description: String { "\(height)x\(width)x\(channels)" }
}

extension Graph {
  /// Returns the shape of every tensor for an input of this many pixels. Entry 0 is the input's, and entry `i + 1`
  /// is that of layer `i`'s output.
  ///
  /// - Throws: `GraphError` where the input is too small for the network, or where a layer does not fit its input.
  public func shapes(inputHeight: Int, inputWidth: Int) throws -> [TensorShape] {
    guard 1...65536 ~= inputHeight, 1...65536 ~= inputWidth else {
      throw GraphError("an input of \(inputHeight)x\(inputWidth) pixels; choose 1 to 65536 each way")
    }
    var shapes = [TensorShape(height: inputHeight, width: inputWidth, channels: inputChannels)]
    for layer in layers {
      let input = shapes[layer.input]

      /// Returns the shape that a window leaves when it slides over `from`.
      func output(
        from: TensorShape, kernel: (Int, Int), stride: Int, padding: Int, dilation: Int = 1, channels: Int
      ) throws -> TensorShape {
        let spare = (
          from.height + 2 * padding - dilation * (kernel.0 - 1) - 1,
          from.width + 2 * padding - dilation * (kernel.1 - 1) - 1
        )
        guard spare.0 >= 0, spare.1 >= 0 else {
          throw GraphError(
            "an input of \(inputHeight)x\(inputWidth) is too small for \(name): \(layer.name) gets \(from) "
              + "and needs at least \(max(0, -spare.0) + from.height)x\(max(0, -spare.1) + from.width); "
              + "choose a larger input size")
        }
        return TensorShape(height: spare.0 / stride + 1, width: spare.1 / stride + 1, channels: channels)
      }
      func output(of convolution: Convolution, from: TensorShape) throws -> TensorShape {
        guard from.channels == convolution.inputChannels else {
          throw GraphError("\(layer.name) takes \(convolution.inputChannels) channels and gets \(from)")
        }
        return try output(
          from: from, kernel: (convolution.kernelHeight, convolution.kernelWidth), stride: convolution.stride,
          padding: convolution.padding, dilation: convolution.dilation, channels: convolution.outputChannels)
      }

      switch layer.operation {
      case .convolution(let convolution, let shortcut, _):
        let shape = try output(of: convolution, from: input)
        let added: TensorShape? =
          switch shortcut {
          case .identity(let tensor): shapes[tensor]
          case .projection(let tensor, let projection): try output(of: projection, from: shapes[tensor])
          case nil: nil
          }
        guard added == nil || added == shape else {
          throw GraphError(
            "\(layer.name) makes \(shape), but its shortcut is \(added!); choose another input size or checkpoint")
        }
        shapes.append(shape)
      case .maxPool(let kernel, let stride, let padding):
        shapes.append(
          try output(
            from: input, kernel: (kernel, kernel), stride: stride, padding: padding, channels: input.channels))
      case .averagePool(let size):
        shapes.append(
          TensorShape(
            height: (input.height + size - 1) / size, width: (input.width + size - 1) / size, channels: input.channels))
      case .globalMaxPool, .globalAveragePool:
        shapes.append(TensorShape(height: 1, width: 1, channels: input.channels))
      case .fullyConnected(_, _, let inputs, let outputs):
        guard input == TensorShape(height: 1, width: 1, channels: inputs) else {
          throw GraphError("\(layer.name) takes a vector of \(inputs) and gets \(input)")
        }
        shapes.append(TensorShape(height: 1, width: 1, channels: outputs))
      }
    }
    return shapes
  }

  /// The halo of each tensor, in pixels on each side: the widest padding of the convolutions that read it. This border
  /// spares convolutions all padding logic.
  public var halos: [Int] {
    var halos = [Int](repeating: 0, count: layers.count + 1)
    for layer in layers {
      guard case .convolution(let convolution, let shortcut, _) = layer.operation else { continue }
      halos[layer.input] = max(halos[layer.input], convolution.padding)
      if case .projection(let tensor, let projection) = shortcut {
        halos[tensor] = max(halos[tensor], projection.padding)
      }
    }
    return halos
  }
}
