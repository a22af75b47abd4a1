import Graphs

/// A run whose tensors are looked at and replaced, and that goes on from there.
extension FloatNetwork {
  /// Returns a tensor of the run whose memory the workspace is. It is valid until the next run.
  public func tensor(_ index: Int, in workspace: Workspace) -> FloatTensorView {
    FloatTensorView(layouts[index], workspace.memory[index].pointer)
  }

  /// Rewrites the elements of a tensor, until `finish` returns.
  ///
  /// - Parameters:
  ///   - body: is called with the channels of each pixel, to be rewritten.
  ///   - added: the same for the elements that shortcuts and the global average pool read; nil where these read what `body`
  ///     leaves. It gets the elements as they were.
  public func replace(
    tensor index: Int, in workspace: Workspace, _ body: (UnsafeMutableBufferPointer<Float>) -> Void,
    added: ((UnsafeMutableBufferPointer<Float>) -> Void)? = nil
  ) {
    let layout = layouts[index]
    func forEachPixel(_ memory: AlignedFloats, _ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
      for y in 0..<layout.shape.height {
        for x in 0..<layout.shape.width {
          let pixel = memory.pointer + layout.origin + y * layout.yStride + x * layout.xStride
          body(UnsafeMutableBufferPointer(start: pixel, count: layout.shape.channels))
        }
      }
    }
    if let added {
      let copy = AlignedFloats(count: layout.count)
      copy.pointer.update(from: workspace.memory[index].pointer, count: layout.count)
      workspace.added[index] = copy
      forEachPixel(copy, added)
    }
    forEachPixel(workspace.memory[index], body)
  }

  /// Runs the layers after the one that makes a tensor.
  ///
  /// - Returns: the last tensor, as `run`.
  public func finish(after index: Int, in workspace: Workspace) -> [Float] {
    for layer in index..<graph.layers.count { run(layer: layer, in: workspace) }
    workspace.added = workspace.memory
    return tensor(graph.layers.count, in: workspace).values
  }
}
