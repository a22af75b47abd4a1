// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CResNetInt8
import ModelFormat

/// The statuses of resnet_int8.h. The library throws them inside, and its C functions return them.
package enum Status: UInt32, Error {
  // These are in the order of the header, so that they have its values.
  case ok
  case nullPointer
  case truncated
  case notAModel
  case laterVersion
  case corrupt
  case invalidModel
  case accumulatorOverflow
  case arenaTooSmall
  case arenaMisaligned
  case unknownKernels
  case unsupportedKernels
  case invalidWorker
  case invalidPicture
  case scratchTooSmall

  init(_ error: ModelError) {
    self =
      switch error {
      case .truncated: .truncated
      case .notAModel: .notAModel
      case .laterVersion: .laterVersion
      case .corrupt: .corrupt
      case .invalid: .invalidModel
      case .accumulatorOverflow: .accumulatorOverflow
      }
  }

  package var code: resnet_int8_status {
    switch self {
    case .ok: RESNET_INT8_OK
    case .nullPointer: RESNET_INT8_NULL_POINTER
    case .truncated: RESNET_INT8_TRUNCATED
    case .notAModel: RESNET_INT8_NOT_A_MODEL
    case .laterVersion: RESNET_INT8_LATER_VERSION
    case .corrupt: RESNET_INT8_CORRUPT
    case .invalidModel: RESNET_INT8_INVALID_MODEL
    case .accumulatorOverflow: RESNET_INT8_ACCUMULATOR_OVERFLOW
    case .arenaTooSmall: RESNET_INT8_ARENA_TOO_SMALL
    case .arenaMisaligned: RESNET_INT8_ARENA_MISALIGNED
    case .unknownKernels: RESNET_INT8_UNKNOWN_KERNELS
    case .unsupportedKernels: RESNET_INT8_UNSUPPORTED_KERNELS
    case .invalidWorker: RESNET_INT8_INVALID_WORKER
    case .invalidPicture: RESNET_INT8_INVALID_PICTURE
    case .scratchTooSmall: RESNET_INT8_SCRATCH_TOO_SMALL
    }
  }

  fileprivate var sentence: StaticString {
    switch self {
    case .ok: "no error"
    case .nullPointer: "a pointer argument is NULL"
    case .truncated: ModelError.truncated.sentence
    case .notAModel: ModelError.notAModel.sentence
    case .laterVersion: ModelError.laterVersion.sentence
    case .corrupt: ModelError.corrupt.sentence
    case .invalidModel: ModelError.invalid.sentence
    case .accumulatorOverflow: ModelError.accumulatorOverflow.sentence
    case .arenaTooSmall: "the arena is smaller than resnet_int8_info.smallest_arena"
    case .arenaMisaligned: "the arena is not aligned to resnet_int8_info.arena_alignment"
    case .unknownKernels: "no kernels of that name are in this library"
    case .unsupportedKernels: "this processor or its operating system lacks what those kernels need"
    case .invalidWorker: "worker is not below worker_count, or worker_count is above 65536"
    case .invalidPicture: "the picture's size, row_stride or format is not possible, or the network takes no pictures"
    case .scratchTooSmall: "scratch_size is smaller than resnet_int8_prepare_scratch tells"
    }
  }
}

@implementation @_cdecl("resnet_int8_status_string")
public func resnet_int8_status_string(_ status: resnet_int8_status) -> UnsafePointer<CChar>! {
  let unknown: StaticString = "unknown status"
  return (Status(rawValue: UInt32(status.rawValue))?.sentence ?? unknown).cString
}

extension StaticString {
  /// The string as C takes it: string literals end with a NUL.
  var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
