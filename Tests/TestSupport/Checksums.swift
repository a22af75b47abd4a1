import ModelFormat

/// Makes the checksum of a model's metadata right again after a test has changed them.
package func repairChecksum(of model: UnsafeMutableRawBufferPointer) {
  let metadataSize = Int(model.load(fromByteOffset: 12, as: UInt32.self))
  let checksum = Checksum(ofMetadata: UnsafeRawBufferPointer(rebasing: model[..<metadataSize]))
  model.storeBytes(of: checksum.value, toByteOffset: 16, as: UInt64.self)
}
