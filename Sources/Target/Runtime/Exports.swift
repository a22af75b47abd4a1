// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CIntrinsics
import CResNetInt8
import ModelFormat

// The functions of resnet_int8.h, which documents them. With `@implementation` the compiler holds each to its
// declaration there. So they have the C names too.

@implementation @_cdecl("resnet_int8_version")
public func resnet_int8_version() -> UInt32 { 0 << 16 | 1 << 8 | 0 }

@implementation @_cdecl("resnet_int8_inspect")
public func resnet_int8_inspect(
  _ model: UnsafeRawPointer!, _ model_size: Int, _ info: UnsafeMutablePointer<resnet_int8_info>!, _ info_size: Int
) -> resnet_int8_status {
  guard let model, let info else { return RESNET_INT8_NULL_POINTER }
  do throws(Status) {
    describe(try checked(model, model_size), .fastest).copy(to: info, byteCount: info_size)
    return RESNET_INT8_OK
  } catch { return error.code }
}

@implementation @_cdecl("resnet_int8_inspect_kernels")
public func resnet_int8_inspect_kernels(
  _ model: UnsafeRawPointer!, _ model_size: Int, _ name: UnsafePointer<CChar>!,
  _ info: UnsafeMutablePointer<resnet_int8_info>!, _ info_size: Int
) -> resnet_int8_status {
  guard let model, let name, let info else { return RESNET_INT8_NULL_POINTER }
  do throws(Status) {
    let model = try checked(model, model_size)
    guard let kernels = KernelSet.named(name) else { return RESNET_INT8_UNKNOWN_KERNELS }
    describe(model, kernels).copy(to: info, byteCount: info_size)
    return RESNET_INT8_OK
  } catch { return error.code }
}

private func checked(_ model: UnsafeRawPointer, _ size: Int) throws(Status) -> Model {
  do throws(ModelError) { return try Model(validating: model, size: size) } catch { throw Status(error) }
}

private func describe(_ model: Model, _ kernels: KernelSet) -> resnet_int8_info {
  let image = model.tensor(0)
  return resnet_int8_info(
    input_height: image.height, input_width: image.width, input_channels: image.channels,
    class_count: model.header.classCount, layer_count: model.header.layerCount,
    arena_alignment: UInt32(ArenaLayout.alignment), smallest_arena: ArenaLayout(model).byteCount,
    recommended_arena: ArenaLayout(model, kernels, keepsWeights: false).byteCount,
    fastest_arena: ArenaLayout(model, kernels, keepsWeights: true).byteCount,
    multiply_accumulates: model.header.multiplyAccumulates, work: model.work)
}

extension resnet_int8_info {
  /// Fills a caller's structure of `byteCount` bytes. It is shorter than this one in programs that were compiled with
  /// an older header, and longer in those compiled with a newer one. The fields that only the program knows become 0.
  fileprivate func copy(to other: UnsafeMutableRawPointer, byteCount: Int) {
    withUnsafeBytes(of: self) { own in
      // A size_t beyond Int.max, which is no structure's size, is negative here.
      let known = byteCount < 0 ? own.count : min(own.count, byteCount)
      rn8_copy(other, own.baseAddress, known)
      (other + known).initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount - known, 0))
    }
  }
}

@implementation @_cdecl("resnet_int8_verify")
public func resnet_int8_verify(_ model: UnsafeRawPointer!, _ model_size: Int) -> resnet_int8_status {
  guard let model else { return RESNET_INT8_NULL_POINTER }
  do throws(ModelError) {
    try Model(validating: model, size: model_size).verifyWeights()
    return RESNET_INT8_OK
  } catch { return Status(error).code }
}

@implementation @_cdecl("resnet_int8_open")
public func resnet_int8_open(
  _ model: UnsafeRawPointer!, _ model_size: Int, _ arena: UnsafeMutableRawPointer!, _ arena_size: Int,
  _ network: UnsafeMutablePointer<OpaquePointer?>!
) -> resnet_int8_status {
  guard let network else { return RESNET_INT8_NULL_POINTER }
  network.pointee = nil
  guard let model, let arena else { return RESNET_INT8_NULL_POINTER }
  do throws(Status) {
    network.pointee = OpaquePointer(try Network.open(try checked(model, model_size), arena: arena, size: arena_size))
    return RESNET_INT8_OK
  } catch { return error.code }
}

@implementation @_cdecl("resnet_int8_run")
public func resnet_int8_run(
  _ network: OpaquePointer!, _ pixels: UnsafePointer<UInt8>!, _ logits: UnsafeMutablePointer<Float>!
) -> resnet_int8_status {
  resnet_int8_run_worker(network, 0, 1, pixels, logits)
}

@implementation @_cdecl("resnet_int8_run_worker")
public func resnet_int8_run_worker(
  _ network: OpaquePointer!, _ worker: UInt32, _ worker_count: UInt32, _ pixels: UnsafePointer<UInt8>!,
  _ logits: UnsafeMutablePointer<Float>!
) -> resnet_int8_status {
  guard let network, let pixels, let logits else { return RESNET_INT8_NULL_POINTER }
  guard worker < worker_count, worker_count <= 1 << 16 else { return RESNET_INT8_INVALID_WORKER }
  UnsafePointer<Network>(network).pointee
    .run(worker: Int32(worker), of: Int32(worker_count), pixels: pixels, logits: logits)
  return RESNET_INT8_OK
}

@implementation @_cdecl("resnet_int8_set_yield")
public func resnet_int8_set_yield(
  _ network: OpaquePointer!, _ yield: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!,
  _ context: UnsafeMutableRawPointer!
) -> resnet_int8_status {
  guard let network = UnsafeMutablePointer<Network>(network) else { return RESNET_INT8_NULL_POINTER }
  network.pointee.barrier.yield = yield
  network.pointee.barrier.yieldContext = context
  return RESNET_INT8_OK
}

@implementation @_cdecl("resnet_int8_label")
public func resnet_int8_label(_ network: OpaquePointer!, _ class_index: UInt32) -> UnsafePointer<CChar>! {
  guard let network else { return nil }
  return UnsafePointer<Network>(network).pointee.model.label(class_index)
}

@implementation @_cdecl("resnet_int8_kernel_set")
public func resnet_int8_kernel_set(_ index: UInt32, _ is_supported: UnsafeMutablePointer<Int32>!) -> UnsafePointer<
  CChar
>! {
  let table = KernelSet.table
  guard index < UInt32(table.count) else { return nil }
  let set = table[Int(index)]
  is_supported?.pointee = set.isSupported ? 1 : 0
  return set.name.cString
}

@implementation @_cdecl("resnet_int8_kernels")
public func resnet_int8_kernels(_ network: OpaquePointer!) -> UnsafePointer<CChar>! {
  guard let network else { return nil }
  return UnsafePointer<Network>(network).pointee.kernels.name.cString
}

@implementation @_cdecl("resnet_int8_select_kernels")
public func resnet_int8_select_kernels(
  _ network: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> resnet_int8_status {
  guard let network, let name else { return RESNET_INT8_NULL_POINTER }
  guard let kernels = KernelSet.named(name) else { return RESNET_INT8_UNKNOWN_KERNELS }
  guard kernels.isSupported else { return RESNET_INT8_UNSUPPORTED_KERNELS }
  UnsafeMutablePointer<Network>(network).pointee.select(kernels)
  return RESNET_INT8_OK
}
