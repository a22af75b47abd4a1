import Platform

/// A line on standard error.
func warn(_ message: String) { writeToStandardError("resnet-quantize: \(message)\n") }

/// Says which images were left out, the first few by name.
func reportSkipped(_ errors: [any Error], of total: Int) {
  for error in errors.prefix(3) { warn("skipped \(error)") }
  if !errors.isEmpty { warn("skipped \(errors.count) of \(total) images") }
}
