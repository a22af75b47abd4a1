/// Returns whether an index of `0 ..< total` is one of `count` that are spread evenly over them, every so manieth.
package func isSpread(_ index: Int, of total: Int, count: Int) -> Bool {
  (index + 1) * count / total > index * count / total
}
