/// What the names of tensors begin with, up to any of their dots. The names are kept in order, where all with one prefix
/// stand in a row: a set of the prefixes themselves would grow with the square of a name's length.
struct Prefixes {
  private let names: [String]

  init(of names: some Sequence<String>) { self.names = names.sorted() }

  func contains(_ prefix: String) -> Bool {
    let start = "\(prefix)."
    var range = names.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = names[middle] < start ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return names.indices.contains(range.lowerBound) && names[range.lowerBound].hasPrefix(start)
  }
}
