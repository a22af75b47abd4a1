import Preparation

extension Preparation {
  /// Scales the shorter side to `side` pixels and cuts out the square in the middle.
  package static func square(_ side: Int) -> Preparation {
    Preparation(resize: .shorterSide(side), inputHeight: side, inputWidth: side)
  }
}
