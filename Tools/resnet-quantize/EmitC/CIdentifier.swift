import ToolSupport

/// The name that a model's files and symbols begin with in C.
struct CIdentifier {
  let text: String

  /// Names that would hide another file of the folder, of the library, or of C's.
  private static let taken: Set<String> = [
    "assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits", "locale", "main", "math",
    "resnet_int8", "setjmp", "signal", "stdalign", "stdarg", "stdatomic", "stdbool", "stddef", "stdint", "stdio",
    "stdlib", "stdnoreturn", "string", "tgmath", "threads", "time", "uchar", "wchar", "wctype",
  ]

  /// Makes a name of the file's, without its extension: letters and digits of ASCII, and `_` for what lies between. It
  /// does not begin with a digit.
  init(ofModel path: String) throws {
    let file = path.split(separator: "/").last ?? ""
    let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file
    let words = stem.unicodeScalars.split { !$0.isASCII || !($0.properties.isAlphabetic || "0"..."9" ~= $0) }
    let joined = words.map(String.init).joined(separator: "_")
    guard !Self.taken.contains(joined.lowercased()) else {
      throw Refusal("\(path): its files would be \(joined).h and \(joined).c, which mean others; rename the model")
    }
    text = joined.first?.isLetter == true ? joined : ["model", joined].filter { !$0.isEmpty }.joined(separator: "_")
  }
}
