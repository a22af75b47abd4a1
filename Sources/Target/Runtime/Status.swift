// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CResNetInt8

@implementation @_cdecl("resnet_int8_status_string")
public func resnet_int8_status_string(_ status: resnet_int8_status) -> UnsafePointer<CChar>! {
  let sentence: StaticString =
    switch status {
    case RESNET_INT8_OK: "no error"
    case RESNET_INT8_NULL_POINTER: "a pointer argument is NULL"
    case RESNET_INT8_TRUNCATED: "the model is cut short: fewer bytes than it says it has"
    case RESNET_INT8_NOT_A_MODEL: "not an .rn8 model"
    case RESNET_INT8_LATER_VERSION: "the model was written for a later version of this library"
    case RESNET_INT8_CORRUPT: "the model is damaged: a checksum does not match"
    case RESNET_INT8_INVALID_MODEL: "the model contradicts itself"
    case RESNET_INT8_ACCUMULATOR_OVERFLOW: "a layer of the model could overflow its 32-bit sums"
    case RESNET_INT8_ARENA_TOO_SMALL: "the arena is smaller than resnet_int8_info.arena_size"
    case RESNET_INT8_ARENA_MISALIGNED: "the arena is not aligned to resnet_int8_info.arena_alignment"
    case RESNET_INT8_UNKNOWN_KERNELS: "no kernels of that name are in this library"
    case RESNET_INT8_UNSUPPORTED_KERNELS: "this processor lacks the instructions of those kernels"
    case RESNET_INT8_INVALID_WORKER: "worker is not below worker_count"
    default: "unknown status"
    }
  return sentence.cString
}
