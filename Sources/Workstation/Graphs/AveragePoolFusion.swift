extension Graph {
  /// Returns the graph for inputs of one size, in which an average pool and the 1x1 convolution of a shortcut after it are
  /// one convolution. So nothing is rounded between them. Pools stay where the last windows reach past their input, and where
  /// the convolutions of a hostile file would have more weights than the graph has.
  ///
  /// - Throws: `GraphError`, as `shapes` does.
  public func fusingAveragePools(inputHeight: Int, inputWidth: Int) throws -> Graph {
    let shapes = try shapes(inputHeight: inputHeight, inputWidth: inputWidth)
    var pools: [Int: (input: Int, size: Int)] = [:]
    var weightsLeft = layers.reduce(0) { $0 + $1.weightCount }
    for (index, layer) in layers.enumerated() {
      guard case .averagePool(let size) = layer.operation, shapes[layer.input].height.isMultiple(of: size),
        shapes[layer.input].width.isMultiple(of: size), let weightCount = weightsOfPointwiseProjections(of: index + 1),
        case let added = weightCount * (size * size - 1), added <= weightsLeft
      else { continue }
      weightsLeft -= added
      pools[index + 1] = (layer.input, size)
    }
    var fused: [Layer] = []
    /// The index of each tensor in the fused graph; that of a pool's input where the pool is gone.
    var tensors = [0]
    for (index, layer) in layers.enumerated() {
      if let pool = pools[index + 1] {
        tensors.append(tensors[pool.input])
        continue
      }
      var operation = layer.operation
      if case .convolution(let convolution, let shortcut?, let relu) = operation {
        let moved: Layer.Shortcut =
          switch shortcut {
          case .identity(let tensor): .identity(tensor: tensors[tensor])
          case .projection(let tensor, let projection):
            .projection(
              tensor: tensors[tensor], pools[tensor].map { projection.afterAveragePool(size: $0.size) } ?? projection)
          }
        operation = .convolution(convolution, shortcut: moved, relu: relu)
      }
      fused.append(Layer(name: layer.name, input: tensors[layer.input], operation: operation))
      tensors.append(fused.count)
    }
    return Graph(name: name, inputChannels: inputChannels, layers: fused, reading: reading)
  }

  /// Returns how many weights those that read a tensor have; nil where others than 1x1 projections read it.
  private func weightsOfPointwiseProjections(of tensor: Int) -> Int? {
    var count = 0
    for layer in layers {
      guard layer.input != tensor else { return nil }
      guard case .convolution(_, let shortcut?, _) = layer.operation else { continue }
      switch shortcut {
      case .identity(let added):
        guard added != tensor else { return nil }
      case .projection(let source, let projection):
        guard source == tensor else { continue }
        guard projection.isPointwise else { return nil }
        count += projection.weights.count
      }
    }
    return count
  }
}

extension Layer {
  fileprivate var weightCount: Int {
    switch operation {
    case .convolution(let convolution, .projection(_, let projection)?, _):
      convolution.weights.count + projection.weights.count
    case .convolution(let convolution, _, _): convolution.weights.count
    case .fullyConnected(let weights, _, _, _): weights.count
    case .maxPool, .averagePool, .globalMaxPool, .globalAveragePool: 0
    }
  }
}

extension Convolution {
  fileprivate var isPointwise: Bool {
    kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0 && groups == 1
  }

  fileprivate func afterAveragePool(size: Int) -> Convolution {
    let pixels = size * size
    var weights: [Float] = []
    weights.reserveCapacity(pixels * self.weights.count)
    for output in 0..<outputChannels {
      let part = self.weights[output * inputChannels..<(output + 1) * inputChannels].map { $0 / Float(pixels) }
      for _ in 0..<pixels { weights += part }
    }
    return Convolution(
      weights: weights, bias: bias, inputChannels: inputChannels, outputChannels: outputChannels, kernelHeight: size,
      kernelWidth: size, stride: size)
  }
}
