import ModelFormat

/// Makes the checksum of a model's metadata right again after a test has changed them.
package func repairChecksum(of model: UnsafeMutableRawBufferPointer) {
  var header = model.load(as: ModelHeader.self)
  header.checksum = 0
  model.storeBytes(of: header, as: ModelHeader.self)
  var checksum = Checksum()
  checksum.append(UnsafeRawBufferPointer(rebasing: model[..<Int(header.metadataSize)]))
  header.checksum = checksum.value
  model.storeBytes(of: header, as: ModelHeader.self)
}
