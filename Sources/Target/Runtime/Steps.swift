import CKernels
import CResNetInt8
import ModelFormat

extension Network {
  /// Computes a worker's share of one image, waiting for the other workers after each layer.
  func run(
    worker: Int32, of workerCount: Int32, pixels: UnsafePointer<UInt8>, logits: UnsafeMutablePointer<Float>
  ) {
    storeImage(pixels, worker: Int(worker), of: Int(workerCount))
    barrier.wait(workerCount: workerCount)
    for index in 0..<Int(model.header.layerCount) {
      run(layer: index, worker: worker, of: workerCount, logits: logits)
      barrier.wait(workerCount: workerCount)
    }
  }

  /// Computes a worker's share of one layer, whose input is complete.
  package func run(
    layer index: Int, worker: Int32, of workerCount: Int32, logits: UnsafeMutablePointer<Float>
  ) {
    let layer = model.layer(index)
    var operation = rn8_operation()
    switch layer.kind {
    case LayerKind.convolution:
      operation.kind = RN8_CONVOLUTION
      operation.convolution = convolution(layer)
    case LayerKind.maxPool:
      operation.kind = RN8_POOL
      operation.pool = pool(layer)
    default:
      operation.kind = RN8_POOL_SUMS
      operation.head = head(layer, logits: logits)
      kernels.run(&operation, worker: worker, of: workerCount)
      barrier.wait(workerCount: workerCount)
      operation.kind = RN8_CLASSIFIER
    }
    if layer.kind != LayerKind.head {
      fillHalo(model.tensor(layer.output), worker: Int(worker), of: Int(workerCount))
    }
    kernels.run(&operation, worker: worker, of: workerCount)
  }

  private func codes(_ tensor: TensorRecord) -> UnsafeMutablePointer<UInt8> {
    tensors + Int(tensor.offset) + Int(tensor.halo) * (tensor.rowBytes + Int(tensor.channels))
  }

  private func view(_ tensor: TensorRecord) -> rn8_tensor {
    rn8_tensor(
      codes: codes(tensor), y_stride: tensor.rowBytes, x_stride: Int(tensor.channels), height: Int32(tensor.height),
      width: Int32(tensor.width), channels: Int32(tensor.channels))
  }

  private func window(_ window: WindowRecord, _ input: TensorRecord, _ output: TensorRecord) -> rn8_window {
    let channels = Int(input.channels)
    let segments = Segments(window, channels: channels)
    return rn8_window(
      input: UnsafePointer(codes(input)) - Int(window.padding) * (input.rowBytes + channels),
      weights: (model.bytes + Int(window.weights)).assumingMemoryBound(to: Int8.self),
      y_stride: Int(window.stride) * input.rowBytes, x_stride: Int(window.stride) * channels,
      row_stride: Int(window.dilation) * input.rowBytes, column_stride: Int(window.dilation) * channels,
      group_stride: channels / Int(window.groups), rows: Int32(segments.rows), columns: Int32(segments.columns),
      length: Int32(segments.length),
      blocks_per_group: Int32(Int(output.channels) / channelsPerBlock / Int(window.groups)))
  }

  private func convolution(_ layer: LayerRecord) -> rn8_convolution {
    let output = model.tensor(layer.output)
    var convolution = rn8_convolution()
    convolution.window = window(layer.window, model.tensor(layer.input), output)
    convolution.output = view(output)
    convolution.parameters = (model.bytes + Int(layer.parameters)).assumingMemoryBound(to: UInt8.self)
    convolution.parameter_stride =
      ParameterBlock.rowCount(shortcutKind: layer.shortcutKind) * ParameterBlock.rowBytes
    switch layer.shortcutKind {
    case ShortcutKind.identity: convolution.shortcut = view(model.tensor(layer.shortcut))
    case ShortcutKind.projection:
      convolution.projection = window(layer.projection, model.tensor(layer.shortcut), output)
    default: break
    }
    return convolution
  }

  private func pool(_ layer: LayerRecord) -> rn8_pool {
    rn8_pool(
      input: view(model.tensor(layer.input)), output: view(model.tensor(layer.output)),
      kernel_height: Int32(layer.window.kernelHeight), kernel_width: Int32(layer.window.kernelWidth),
      stride: Int32(layer.window.stride), padding: Int32(layer.window.padding))
  }

  private func head(_ layer: LayerRecord, logits: UnsafeMutablePointer<Float>) -> rn8_head {
    rn8_head(
      input: view(model.tensor(layer.input)),
      weights: layer.window.weights == 0
        ? nil : (model.bytes + Int(layer.window.weights)).assumingMemoryBound(to: Int8.self),
      parameters: (model.bytes + Int(layer.parameters)).assumingMemoryBound(to: UInt8.self),
      sums: codes(model.tensor(layer.output)), logits: logits, class_count: Int32(model.header.classCount))
  }
}
