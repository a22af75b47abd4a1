import Images
import Platform
import ToolSupport

/// Writes a line to standard error.
func warn(_ message: String) { writeToStandardError("resnet-quantize: \(message)".message + "\n") }

/// Warns of what a folder holds beside the images that were read: the reasons of the first few that were not, and all
/// files by reason.
func reportSkipped(_ skipped: [ImageError], in folder: ImageFolder) {
  for error in skipped.prefix(3) { warn("skipped \(error)") }
  var leftOut = folder.leftOut
  for error in skipped { leftOut.add(error.summary) }
  if leftOut.count > 0 { warn("\(folder.path): left out \(leftOut)") }
}
