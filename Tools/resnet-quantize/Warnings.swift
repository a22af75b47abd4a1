import Images
import Platform

/// Writes a line to standard error.
func warn(_ message: String) { writeToStandardError("resnet-quantize: \(message)\n") }

/// Warns that images were left out, with their number and the names of the first few.
func reportSkipped(_ errors: [any Error], of total: Int) {
  for error in errors.prefix(3) { warn("skipped \(error)") }
  if !errors.isEmpty { warn("skipped \(errors.count) of \(total) images") }
}

/// Warns of what a folder holds under a JPEG's name that is none.
func reportLeftOut(_ folder: ImageFolder) {
  let count = folder.leftOutCount
  if count > 0 { warn("\(folder.path.printable): left out \(count) pipes, sockets or devices with a JPEG's name") }
}
