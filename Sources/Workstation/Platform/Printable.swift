extension String {
  /// The text as a message may quote it, whoever wrote it: short, and without a character that moves a terminal's cursor
  /// or reorders what stands around it.
  ///
  /// Control and format characters (bidirectional overrides among them) and separators of lines are shown as `\u{1B}`.
  /// Of a long text the first 200 characters are kept, and an ellipsis tells how many bytes were left out. The work does
  /// not grow with the text: nothing after the cut is looked at, and nothing is normalized.
  public var printable: String {
    var shown = ""
    var count = 0
    for index in unicodeScalars.indices {
      let scalar = unicodeScalars[index].printable
      count += scalar.unicodeScalars.count
      guard count <= 200 else { return "\(shown)... (\(utf8[index...].count) more bytes)" }
      shown += scalar
    }
    return shown
  }
}

extension Unicode.Scalar {
  fileprivate var printable: String {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: "\\u{\(String(value, radix: 16, uppercase: true))}"
    default: String(self)
    }
  }
}
