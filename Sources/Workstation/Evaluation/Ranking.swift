/// The order of classes by their logits: the largest first, and of equal ones the class with the lower index first.
extension [Float] {
  /// The index of the largest element, and of the first where several are equal.
  public var indexOfMaximum: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }

  /// The number of elements before the one at `index` in that order: 0 for the one at `indexOfMaximum`.
  func rank(of index: Int) -> Int {
    indices.count { self[$0] > self[index] || (self[$0] == self[index] && $0 < index) }
  }
}
