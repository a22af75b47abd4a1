import CResNetInt8
import ResNetInt8

/// The version of the library, which every tool contains.
package let libraryVersion = {
  let version = resnet_int8_version()
  return "\(version >> 16).\(version >> 8 & 255).\(version & 255)"
}()
