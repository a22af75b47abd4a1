import Graphs

/// The memory that the packed weights of a network may take. Groups that cannot be merged into whole blocks are made
/// dense, which multiplies a few kilobytes by the number of groups: that is refused before anything is allocated.
public struct PackingBudget {
  /// The weights as the graph has them.
  private var given = 0.0
  /// The weights as they are packed.
  private var packed = 0.0

  public init() {}

  /// Takes a convolution's weights from the budget: 4 times what the graph has of all so far, and 2^26 more.
  ///
  /// - Parameters:
  ///   - count: the number of its weights as they are packed.
  ///   - name: its layer's.
  public mutating func take(_ convolution: Convolution, packed count: Double, name: String) throws(GraphError) {
    given += Double(convolution.weights.count)
    packed += count
    guard packed <= 4 * given + Double(1 << 26) else {
      throw GraphError(
        "\(name): \(convolution.inputChannels) channels in \(convolution.groups) groups to \(convolution.outputChannels) "
          + "channels have \(convolution.weights.count) weights, and \(count) as they are packed, which is too much; use "
          + "another checkpoint")
    }
  }
}
