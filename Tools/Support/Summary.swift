import Evaluation

/// Describes a model in a few words.
package enum Summary {
  package static func of(_ model: Int8Model) -> String {
    let info = model.info
    return "input \(info.input_height)x\(info.input_width)x\(info.input_channels), \(info.class_count) outputs, "
      + "\(size(Int(model.header.fileSize))) model, \(size(info.smallest_arena)) arena, "
      + "\((Double(info.multiply_accumulates) / 1e6).formatted(decimals: 1)) MMAC"
  }

  package static func size(_ byteCount: Int) -> String {
    byteCount < 10_000_000
      ? "\((Double(byteCount) / 1e3).formatted(decimals: 1)) kB"
      : "\((Double(byteCount) / 1e6).formatted(decimals: 1)) MB"
  }
}
