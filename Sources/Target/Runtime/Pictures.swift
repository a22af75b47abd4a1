// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CResNetInt8
import ModelFormat
import Preparation

// The functions of resnet_int8.h that prepare pictures.

@implementation @_cdecl("resnet_int8_prepare_scratch")
public func resnet_int8_prepare_scratch(
  _ network: OpaquePointer!, _ width: UInt32, _ height: UInt32, _ format: resnet_int8_format,
  _ scratch_size: UnsafeMutablePointer<Int>!
) -> resnet_int8_status {
  guard let network, let scratch_size else { return RESNET_INT8_NULL_POINTER }
  do throws(Status) {
    scratch_size.pointee = try plan(network, width, height, PixelFormat(format)).scratchByteCount
    return RESNET_INT8_OK
  } catch { return error.code }
}

@implementation @_cdecl("resnet_int8_prepare")
public func resnet_int8_prepare(
  _ network: OpaquePointer!, _ picture: UnsafePointer<UInt8>!, _ width: UInt32, _ height: UInt32, _ row_stride: Int,
  _ format: resnet_int8_format, _ scratch: UnsafeMutableRawPointer!, _ scratch_size: Int,
  _ pixels: UnsafeMutablePointer<UInt8>!
) -> resnet_int8_status {
  guard let network, let picture, let scratch, let pixels else { return RESNET_INT8_NULL_POINTER }
  do throws(Status) {
    let format = PixelFormat(format)
    let plan = try plan(network, width, height, format)
    let (width, height) = (Int(width), Int(height))
    // A size_t beyond Int.max, which no memory has, is negative here.
    guard let format, row_stride >= width * format.pixelSize,
      !row_stride.multipliedReportingOverflow(by: height).overflow
    else { throw .invalidPicture }
    guard scratch_size >= plan.scratchByteCount || scratch_size < 0 else { throw .scratchTooSmall }
    plan.prepare(
      Picture(picture, width: width, height: height, rowStride: row_stride, format: format), scratch: scratch,
      to: pixels)
    return RESNET_INT8_OK
  } catch { return error.code }
}

private func plan(
  _ network: OpaquePointer, _ width: UInt32, _ height: UInt32, _ format: PixelFormat?
) throws(Status) -> PreparationPlan {
  let model = UnsafePointer<Network>(network).pointee.model
  guard let preparation = Preparation(model) else { throw .invalidModel }
  // Sides beyond Int32.max do not fit Int everywhere.
  guard let format, width <= UInt32(Int32.max), height <= UInt32(Int32.max),
    let plan = PreparationPlan(
      preparation, channels: Int(model.header.inputChannels), width: Int(width), height: Int(height), format: format)
  else { throw .invalidPicture }
  return plan
}

extension PixelFormat {
  fileprivate init?(_ format: resnet_int8_format) { self.init(rawValue: UInt32(format.rawValue)) }
}
