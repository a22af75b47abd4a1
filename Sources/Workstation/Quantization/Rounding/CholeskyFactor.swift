import FloatRuntime

/// The Cholesky factor of a covariance: the upper triangle `U` with `Uᵀ U = covariance + damping`.
package struct CholeskyFactor {
  /// The covariance's order of rows.
  package let order: [Int]
  /// The triangle, in a square of `order.count` rows.
  package let values: [Float]

  /// Factorizes a covariance. To its diagonal 1 % of the diagonal's mean is added, so that inputs that were never seen cost
  /// something too; more, where rounding would make a pivot negative.
  package init(_ covariance: Covariance) {
    order = covariance.order
    let count = order.count
    let mean = (0..<count).reduce(0) { $0 + covariance.values[$1 * count + $1] / Float(count) }
    var damping: Float = 0.01
    while true {
      var values = covariance.values
      for row in 0..<count { values[row * count + row] += max(mean, 1) * damping }
      let isDone = values.withUnsafeMutableBufferPointer { factorize($0.baseAddress!, count) }
      if isDone {
        self.values = values
        return
      }
      damping *= 10
    }
  }
}

/// Replaces the upper triangle of a matrix by its Cholesky factor, a few rows at a time.
///
/// - Returns: whether all pivots were positive.
private func factorize(_ matrix: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
  nonisolated(unsafe) let matrix = matrix
  let rowsPerPanel = 32
  for first in stride(from: 0, to: count, by: rowsPerPanel) {
    let panel = first..<min(first + rowsPerPanel, count)
    for row in panel {
      subtract(first..<row, from: row, of: matrix, count)
      let values = matrix + row * count
      guard values[row] > 0 else { return false }
      let inverse = 1 / values[row].squareRoot()
      for column in row..<count { values[column] *= inverse }
    }
    // Eight rows a task, since tasks are dear.
    concurrentForEach((count - panel.upperBound + 7) / 8) { task in
      let start = panel.upperBound + task * 8
      for row in start..<min(start + 8, count) { subtract(panel, from: row, of: matrix, count) }
    }
  }
  return true
}

/// Subtracts finished rows of the factor from a row below them, each times its element in that row's column.
private func subtract(_ finished: Range<Int>, from row: Int, of matrix: UnsafeMutablePointer<Float>, _ count: Int) {
  let values = matrix + row * count
  var column = row
  while column + 16 <= count {
    var sum = UnsafeRawPointer(values + column).loadUnaligned(as: SIMD16<Float>.self)
    for other in finished {
      let elements = UnsafeRawPointer(matrix + other * count + column).loadUnaligned(as: SIMD16<Float>.self)
      sum -= matrix[other * count + row] * elements
    }
    UnsafeMutableRawPointer(values + column).storeBytes(of: sum, as: SIMD16<Float>.self)
    column += 16
  }
  for column in column..<count {
    for other in finished { values[column] -= matrix[other * count + row] * matrix[other * count + column] }
  }
}
