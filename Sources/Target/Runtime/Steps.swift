import CKernels
import ModelFormat

/// A layer is computed in one or more steps. A step is one operation of the kernels, which all workers compute
/// together. No worker begins the next step before all have finished this one.
extension Network {
  /// Computes a worker's share of one image.
  func run(
    worker: Int32, of workerCount: Int32, pixels: UnsafePointer<UInt8>, logits: UnsafeMutablePointer<Float>
  ) {
    storeImage(pixels, worker: Int(worker), of: Int(workerCount))
    barrier.wait(workerCount: workerCount)
    for index in 0..<Int(model.header.layerCount) {
      run(layer: index, worker: worker, of: workerCount, logits: logits)
    }
  }

  /// Computes a worker's share of one layer. The layer's input must be complete. When this returns, the output is
  /// complete too, the other workers' shares included. A streamed output is read by then: its pool was computed with it.
  package func run(
    layer index: Int, worker: Int32, of workerCount: Int32, logits: UnsafeMutablePointer<Float>
  ) {
    let layer = model.layer(index)
    // The layer before has computed it.
    if model.tensor(layer.input).isStreamed { return }
    if model.tensor(layer.output).isStreamed {
      runStreamed(layer, into: model.layer(index + 1), worker: worker, of: workerCount)
      return
    }
    if layer.kind != LayerKind.head {
      fillHalo(model.tensor(layer.output), worker: Int(worker), of: Int(workerCount))
    }
    if let plan = plan(ofLayer: index), let scratch = plan.scratch {
      runByWinograd(layer: index, plan, scratch: scratch, worker: worker, of: workerCount)
      return
    }
    forEachStep(ofLayer: index, logits: logits) { step in
      kernels.run(step, worker: worker, of: workerCount)
      barrier.wait(workerCount: workerCount)
    }
  }

  private func forEachStep(
    ofLayer index: Int, logits: UnsafeMutablePointer<Float>, _ body: (UnsafePointer<rn8_operation>) -> Void
  ) {
    let layer = model.layer(index)
    var step = rn8_operation()
    switch layer.kind {
    case LayerKind.convolution:
      step.kind = RN8_CONVOLUTION
      step.convolution = convolution(layer)
      body(&step)
    case LayerKind.maxPool, LayerKind.averagePool:
      step.kind = layer.kind == LayerKind.maxPool ? RN8_MAX_POOL : RN8_AVERAGE_POOL
      step.pool = pool(layer)
      body(&step)
    case LayerKind.head:
      step.kind = RN8_POOL_SUMS
      step.head = head(layer, logits: logits)
      body(&step)
      step.kind = RN8_CLASSIFIER
      body(&step)
    default: preconditionFailure("a layer kind that Validation.swift let through")
    }
  }

  /// Returns the codes of a tensor's first pixel inside its halo.
  package func codes(_ tensor: TensorRecord) -> UnsafeMutablePointer<UInt8> {
    tensors + Int(tensor.offset) + Int(tensor.halo) * (tensor.rowStride + Int(tensor.channels))
  }

  private func view(_ tensor: TensorRecord) -> rn8_tensor {
    rn8_tensor(
      codes: codes(tensor), y_stride: tensor.rowStride, x_stride: Int(tensor.channels), height: Int32(tensor.height),
      width: Int32(tensor.width), channels: Int32(tensor.channels), remainders: remainders(tensor))
  }

  private func remainders(_ tensor: TensorRecord) -> UnsafeMutablePointer<UInt8>? {
    tensor.hasRemainders ? tensors + Int(tensor.remainders) : nil
  }

  /// Returns a projection's window over the remainders of its tensor, which have no halo; one without weights where it
  /// has none.
  private func remainderWindow(_ record: WindowRecord, _ shortcut: TensorRecord, _ output: TensorRecord) -> rn8_window {
    guard shortcut.hasRemainders else { return rn8_window() }
    var packed = shortcut
    (packed.offset, packed.halo) = (shortcut.remainders, 0)
    return window(record, packed, output)
  }

  private func window(_ window: WindowRecord, _ input: TensorRecord, _ output: TensorRecord) -> rn8_window {
    let channels = Int(input.channels)
    let shape = WindowShape(window, channels: channels)
    return rn8_window(
      input: UnsafePointer(codes(input)) - Int(window.padding) * (input.rowStride + channels),
      weights: (model.bytes + Int(window.weights)).assumingMemoryBound(to: Int8.self),
      y_stride: Int(window.stride) * input.rowStride, x_stride: Int(window.stride) * channels,
      row_stride: Int(window.dilation) * input.rowStride, column_stride: Int(window.dilation) * channels,
      group_stride: channels / Int(window.groups), rows: Int32(shape.rows), columns: Int32(shape.columns),
      length: Int32(shape.length),
      blocks_per_group: Int32(Int(output.channels) / channelsPerBlock / Int(window.groups)), sorted_places: nil)
  }

  func convolution(_ layer: LayerRecord) -> rn8_convolution {
    let output = model.tensor(layer.output)
    var convolution = rn8_convolution()
    convolution.window = window(layer.window, model.tensor(layer.input), output)
    convolution.output = view(output)
    convolution.parameters = (model.bytes + Int(layer.parameters)).assumingMemoryBound(to: UInt8.self)
    convolution.parameter_stride =
      ParameterBlock.rowCount(shortcutKind: layer.shortcutKind) * ParameterBlock.rowByteCount
    switch layer.shortcutKind {
    case ShortcutKind.identity: convolution.shortcut = view(model.tensor(layer.shortcut))
    case ShortcutKind.projection:
      let shortcut = model.tensor(layer.shortcut)
      convolution.projection = window(layer.projection, shortcut, output)
      convolution.projection_remainders = remainderWindow(layer.projection, shortcut, output)
    default: break
    }
    return convolution
  }

  func pool(_ layer: LayerRecord) -> rn8_pool {
    rn8_pool(
      input: view(model.tensor(layer.input)), output: view(model.tensor(layer.output)),
      kernel_height: Int32(layer.window.kernelHeight), kernel_width: Int32(layer.window.kernelWidth),
      stride: Int32(layer.window.stride), top: Int32(layer.window.padding), left: Int32(layer.window.padding))
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
