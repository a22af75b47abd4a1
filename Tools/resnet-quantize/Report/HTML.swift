import Platform
import ToolSupport

/// A piece of HTML or SVG. What is interpolated into it is escaped, unless it is HTML itself: so names and labels, whoever wrote
/// them, cannot become markup.
struct HTML: ExpressibleByStringInterpolation {
  private(set) var text: String

  init(stringLiteral text: String) { self.text = text }
  init(stringInterpolation interpolation: StringInterpolation) { text = interpolation.text }

  static let empty: HTML = ""

  static func + (first: HTML, second: HTML) -> HTML { "\(first)\(second)" }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ html: HTML) { text += html.text }
    mutating func appendInterpolation(_ html: [HTML]) { for html in html { text += html.text } }
    mutating func appendInterpolation(_ number: Int) { text += "\(number)" }

    /// Coordinates: tenths of a pixel are finer than the eye.
    mutating func appendInterpolation(_ number: Double) { text += number.formatted(decimals: 1) }

    mutating func appendInterpolation(_ foreign: String) {
      for scalar in foreign.unicodeScalars {
        switch scalar {
        case "&": text += "&amp;"
        case "<": text += "&lt;"
        case ">": text += "&gt;"
        case "\"": text += "&quot;"
        case "'": text += "&#39;"
        default: text += String(scalar).printable
        }
      }
    }
  }
}

extension HTML {
  /// A section of the page, with its heading.
  static func section(_ title: String, id: String, _ content: HTML) -> HTML {
    """
    <section id="\(id)" aria-labelledby="\(id)-title">
    <h2 id="\(id)-title">\(title)</h2>
    \(content)
    </section>

    """
  }

  /// What may be wider than a phone, and scrolls within itself.
  static func scrolling(_ label: String, _ content: HTML) -> HTML {
    "<div class=\"scroll\" role=\"group\" aria-label=\"\(label)\" tabindex=\"0\">\(content)</div>\n"
  }

  /// A table whose first column heads the rows.
  static func table(_ caption: String, titles: [String], rows: [[String]]) -> HTML {
    let head = titles.map { "<th scope=\"col\">\($0)</th>" as HTML }
    let body = rows.map { row in
      "<tr><th scope=\"row\">\(row[0])</th>\(row.dropFirst().map { "<td>\($0)</td>" as HTML })</tr>\n" as HTML
    }
    return .scrolling(
      caption,
      """
      <table><caption>\(caption)</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)</tbody></table>
      """)
  }
}
