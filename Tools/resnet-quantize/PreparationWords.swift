import Preparation

extension Preparation {
  /// The preparation in words: "whose shorter side becomes 256, bilinear".
  var words: String {
    switch resize {
    case .unchanged: "as they are"
    case .shorterSide(let side): "whose shorter side becomes \(side), \(interpolation)"
    case .sides(let height, let width): "squashed to \(height)x\(width), \(interpolation)"
    }
  }
}
